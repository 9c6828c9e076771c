//! `describePod`.

use k8s_openapi::api::core::v1::{Node, Pod, PodSpec, PodStatus};

use super::text::Text;
use super::{Subject, date, given, template};

pub(super) fn text(pod: &Pod, subject: &Subject<'_>, text: &mut Text) {
    let (no_spec, no_status) = (PodSpec::default(), PodStatus::default());
    let spec = pod.spec.as_ref().unwrap_or(&no_spec);
    let status = pod.status.as_ref().unwrap_or(&no_status);
    text.field("Name", given(pod.metadata.name.as_ref()));
    text.field("Namespace", given(pod.metadata.namespace.as_ref()));
    if let Some(priority) = spec.priority {
        text.field("Priority", priority);
        if let Some(class) = spec.priority_class_name.as_ref().filter(|class| !class.is_empty()) {
            text.field("Priority Class Name", class);
        }
    }
    text.field("Service Account", given(spec.service_account_name.as_ref()));
    text.field("Node", node(spec, subject));
    if let Some(start) = &status.start_time {
        text.field("Start Time", date(Some(start)));
    }
    text.labels(&pod.metadata);
    text.annotations(&pod.metadata);
    if pod.metadata.deletion_timestamp.is_some() {
        let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        text.field("Status", "Terminating (lasts <invalid>)");
        text.field("Termination Grace Period", format!("{grace}s"));
    } else {
        text.field("Status", given(status.phase.as_ref()));
    }
    for (name, value) in [("Reason", &status.reason), ("Message", &status.message)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            text.field(name, value);
        }
    }
    text.field("IP", given(status.pod_ip.as_ref()));
    let addresses = status.pod_ips.as_deref().unwrap_or_default();
    if addresses.is_empty() {
        text.field("IPs", "<none>");
    } else {
        text.line("IPs:");
        for address in addresses {
            text.line(format!("  IP:\t{}", address.ip));
        }
    }
    if let Some(owner) =
        pod.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
    {
        text.field("Controlled By", format!("{}/{}", owner.kind, owner.name));
    }
    if let Some(containers) = spec.init_containers.as_ref().filter(|all| !all.is_empty()) {
        text.line("Init Containers:");
        let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
        template::containers(containers, statuses, "  ", text);
    }
    text.line("Containers:");
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    template::containers(&spec.containers, statuses, "  ", text);
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        text.line("Conditions:");
        text.line("  Type\tStatus");
        for condition in conditions {
            text.line(format!("  {}\t{} ", condition.type_, condition.status));
        }
    }
    template::volumes(spec.volumes.as_deref().unwrap_or_default(), "", text);
    text.field("QoS Class", given(status.qos_class.as_ref()));
    template::scheduling(spec, "", text);
    text.events(subject);
}

/// `node-1/192.168.1.11`, or `<none>`.
fn node(spec: &PodSpec, subject: &Subject<'_>) -> String {
    let name = given(spec.node_name.as_ref());
    if name.is_empty() {
        return "<none>".into();
    }
    let node = subject.snapshot.find::<Node>("", name);
    let addresses = node.and_then(|node| node.status.as_ref()?.addresses.as_ref());
    let internal = addresses.into_iter().flatten().find(|address| address.type_ == "InternalIP");
    format!("{name}/{}", internal.map_or("", |address| address.address.as_str()))
}
