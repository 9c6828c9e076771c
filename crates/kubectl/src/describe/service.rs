//! `describeService`.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::text::Text;
use super::{Subject, given};
use crate::labels;
use crate::print::endpoints::host_port;

pub(super) fn text(service: &Service, subject: &Subject<'_>, text: &mut Text) {
    let none = ServiceSpec::default();
    let spec = service.spec.as_ref().unwrap_or(&none);
    let name = given(service.metadata.name.as_ref());
    let namespace = given(service.metadata.namespace.as_ref());
    text.field("Name", name);
    text.field("Namespace", namespace);
    text.labels(&service.metadata);
    text.annotations(&service.metadata);
    text.field("Selector", labels::format(spec.selector.as_ref()));
    text.field("Type", given(spec.type_.as_ref()));
    if let Some(policy) = &spec.ip_family_policy {
        text.field("IP Family Policy", policy);
    }
    let or_none = |list: Option<&Vec<String>>| match list.map(|list| list.join(",")) {
        Some(joined) if !joined.is_empty() => joined,
        _ => "<none>".into(),
    };
    text.field("IP Families", or_none(spec.ip_families.as_ref()));
    text.field("IP", given(spec.cluster_ip.as_ref()));
    text.field("IPs", or_none(spec.cluster_ips.as_ref()));
    if let Some(addresses) = spec.external_ips.as_ref().filter(|addresses| !addresses.is_empty()) {
        text.field("External IPs", addresses.join(","));
    }
    if let Some(external) = spec.external_name.as_ref().filter(|name| !name.is_empty()) {
        text.field("External Name", external);
    }
    let ingress = service
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|ingress| ingress.ip.clone().or(ingress.hostname.clone()))
        .collect::<Vec<_>>();
    if !ingress.is_empty() {
        text.field("LoadBalancer Ingress", ingress.join(", "));
    }
    let slices: Vec<&EndpointSlice> = slices(subject, namespace, name);
    for port in spec.ports.iter().flatten() {
        let name = port.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("<unset>");
        let protocol = given(port.protocol.as_ref());
        text.field("Port", format!("{name}\t{}/{protocol}", port.port));
        let target = match &port.target_port {
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(name)) => name.clone(),
            None => "0".into(),
        };
        text.field("TargetPort", format!("{target}/{protocol}"));
        if let Some(node_port) = port.node_port.filter(|node_port| *node_port != 0) {
            text.field("NodePort", format!("{name}\t{node_port}/{protocol}"));
        }
        text.field("Endpoints", endpoints(&slices, port.name.as_deref().unwrap_or_default()));
    }
    text.field("Session Affinity", given(spec.session_affinity.as_ref()));
    if let Some(policy) = &spec.external_traffic_policy {
        text.field("External Traffic Policy", policy);
    }
    if let Some(policy) = &spec.internal_traffic_policy {
        text.field("Internal Traffic Policy", policy);
    }
    if let Some(port) = spec.health_check_node_port.filter(|port| *port != 0) {
        text.field("HealthCheck NodePort", port);
    }
    let ranges = spec.load_balancer_source_ranges.as_ref().filter(|ranges| !ranges.is_empty());
    if let Some(ranges) = ranges {
        text.field("LoadBalancer Source Ranges", ranges.join(","));
    }
    text.events(subject);
}

/// A Service's EndpointSlices.
pub(super) fn slices<'a>(
    subject: &Subject<'a>,
    namespace: &str,
    service: &str,
) -> Vec<&'a EndpointSlice> {
    subject
        .snapshot
        .list_in::<EndpointSlice>(namespace)
        .filter(|slice| {
            let labels = slice.metadata.labels.as_ref();
            labels.and_then(|labels| labels.get("kubernetes.io/service-name")).map(String::as_str)
                == Some(service)
        })
        .collect()
}

/// The ready endpoints of a port, at most three; an endpoint without the port shows its address.
pub(super) fn endpoints(slices: &[&EndpointSlice], port_name: &str) -> String {
    const MAXIMUM: usize = 3;
    let mut all = Vec::new();
    for slice in slices {
        let ready = slice.endpoints.iter().flatten().filter(|endpoint| {
            endpoint.conditions.as_ref().is_none_or(|conditions| conditions.ready != Some(false))
        });
        let addresses: Vec<&String> = ready.flat_map(|endpoint| &endpoint.addresses).collect();
        let ports = slice.ports.as_deref().unwrap_or_default();
        if ports.is_empty() {
            all.extend(addresses.into_iter().cloned());
            continue;
        }
        for port in ports.iter().filter(|port| given(port.name.as_ref()) == port_name) {
            all.extend(addresses.iter().map(|address| host_port(address, port.port.unwrap_or(0))));
        }
    }
    let count = all.len();
    all.truncate(MAXIMUM);
    let shown = all.join(",");
    if count > MAXIMUM { format!("{shown} + {} more...", count - MAXIMUM) } else { shown }
}

/// The port of a Service that an Ingress names, by number or name.
pub(super) fn port<'a>(service: &'a Service, wanted: &str) -> Option<&'a ServicePort> {
    service
        .spec
        .as_ref()?
        .ports
        .iter()
        .flatten()
        .find(|port| port.name.as_deref() == Some(wanted) || port.port.to_string() == wanted)
}
