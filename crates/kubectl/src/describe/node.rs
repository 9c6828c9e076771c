//! `describeNode`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, NodeSpec, NodeStatus, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::text::Text;
use super::{Subject, date, given};
use crate::age;
use crate::print::node::roles;

pub(super) fn text(node: &Node, subject: &Subject<'_>, text: &mut Text) {
    let (no_spec, no_status) = (NodeSpec::default(), NodeStatus::default());
    let spec = node.spec.as_ref().unwrap_or(&no_spec);
    let status = node.status.as_ref().unwrap_or(&no_status);
    let name = given(node.metadata.name.as_ref());
    text.field("Name", name);
    text.field("Roles", roles(node));
    text.labels(&node.metadata);
    text.annotations(&node.metadata);
    text.field("CreationTimestamp", date(node.metadata.creation_timestamp.as_ref()));
    let taints = spec.taints.iter().flatten().map(|taint| {
        let value = taint.value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
        format!("{}{value}:{}", taint.key, taint.effect)
    });
    text.listed("Taints", taints.collect());
    text.field("Unschedulable", spec.unschedulable.unwrap_or(false));
    text.line("Lease:");
    text.line(format!("  HolderIdentity:\t{name}"));
    text.line("  AcquireTime:\t<unset>");
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
    let renewed = ready.and_then(|condition| condition.last_heartbeat_time.as_ref());
    text.line(format!("  RenewTime:\t{}", date(renewed)));
    text.line("Conditions:");
    text.line("  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    text.line("  ----\t------\t-----------------\t------------------\t------\t-------");
    for condition in status.conditions.iter().flatten() {
        text.line(format!(
            "  {} \t{} \t{} \t{} \t{} \t{}",
            condition.type_,
            condition.status,
            date(condition.last_heartbeat_time.as_ref()),
            date(condition.last_transition_time.as_ref()),
            given(condition.reason.as_ref()),
            given(condition.message.as_ref())
        ));
    }
    text.line("Addresses:");
    for address in status.addresses.iter().flatten() {
        text.line(format!("  {}:\t{}", address.type_, address.address));
    }
    amounts("Capacity", status.capacity.as_ref(), text);
    amounts("Allocatable", status.allocatable.as_ref(), text);
    let info = status.node_info.clone().unwrap_or_default();
    text.line("System Info:");
    for (name, value) in [
        ("Machine ID", &info.machine_id),
        ("System UUID", &info.system_uuid),
        ("Boot ID", &info.boot_id),
        ("Kernel Version", &info.kernel_version),
        ("OS Image", &info.os_image),
        ("Operating System", &info.operating_system),
        ("Architecture", &info.architecture),
        ("Container Runtime Version", &info.container_runtime_version),
        ("Kubelet Version", &info.kubelet_version),
    ] {
        text.line(format!("  {name}:\t{value}"));
    }
    text.field("PodCIDR", given(spec.pod_cidr.as_ref()));
    text.field("PodCIDRs", spec.pod_cidrs.clone().unwrap_or_default().join(","));
    pods(name, subject, text);
    text.events(subject);
}

fn amounts(name: &str, amounts: Option<&BTreeMap<String, Quantity>>, text: &mut Text) {
    text.line(format!("{name}:"));
    for (resource, amount) in amounts.into_iter().flatten() {
        text.line(format!("  {resource}:\t{}", amount.0));
    }
}

fn pods(node: &str, subject: &Subject<'_>, text: &mut Text) {
    let here: Vec<&Pod> = subject
        .snapshot
        .list::<Pod>()
        .filter(|pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node)
                && !matches!(phase, Some("Succeeded" | "Failed"))
        })
        .collect();
    text.line(format!("Non-terminated Pods:\t({} in total)", here.len()));
    text.line("  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    text.line("  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in here {
        text.line(format!(
            "  {}\t{}\t\t0 (0%)\t0 (0%)\t0 (0%)\t0 (0%)\t{}",
            given(pod.metadata.namespace.as_ref()),
            given(pod.metadata.name.as_ref()),
            age::since(pod.metadata.creation_timestamp.as_ref(), subject.now)
        ));
    }
    text.line("Allocated resources:");
    text.line("  (Total limits may be over 100 percent, i.e., overcommitted.)");
    text.line("  Resource\tRequests\tLimits");
    text.line("  --------\t--------\t------");
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        text.line(format!("  {resource}\t0 (0%)\t0 (0%)"));
    }
}
