//! Which Pods stand behind a Service and on which ports.
//!
//! Models `pkg/controller/util/endpoint` and `podutil.FindPort`, which the EndpointSlice and the
//! Endpoints controller share.

use k8s_openapi::api::core::v1::{Container, Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::pods;
use crate::view::View;

/// The label that says a Service is headless, on its EndpointSlices and Endpoints.
pub const HEADLESS_LABEL: &str = "service.kubernetes.io/headless";

/// The Pods that a Service selects, by name; none without a selector.
pub fn selected<'a>(view: &View<'a>, service: &Service) -> Vec<&'a Pod> {
    let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    selector.map_or_else(Vec::new, |selector| {
        view.pods_with(pods::namespace(&service.metadata), selector)
    })
}

/// `ShouldPodBeInEndpoints`.
pub fn belongs(pod: &Pod, include_terminating: bool) -> bool {
    let has_address = pod
        .status
        .as_ref()
        .is_some_and(|status| status.pod_ip.as_deref().is_some_and(|ip| !ip.is_empty()));
    !pods::is_ended(pod) && has_address && (include_terminating || !pods::is_terminating(pod))
}

/// `ShouldSetHostname`: the Pod's hostname if its subdomain is the Service.
pub fn hostname(pod: &Pod, service: &Service) -> Option<String> {
    let spec = pods::spec(pod);
    let name = spec.hostname.clone().filter(|name| !name.is_empty())?;
    (spec.subdomain == service.metadata.name
        && pod.metadata.namespace == service.metadata.namespace)
        .then_some(name)
}

/// Whether a Service is headless (`clusterIP: None`).
pub fn is_headless(service: &Service) -> bool {
    service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()) == Some("None")
}

/// Whether a Service is of type ExternalName.
pub fn is_external_name(service: &Service) -> bool {
    service.spec.as_ref().and_then(|spec| spec.type_.as_deref()) == Some("ExternalName")
}

/// `FindPort`: the number that a Service's `targetPort` means in this Pod; a name that no container
/// port of the same protocol bears means none.
pub fn find_port(pod: &Pod, port: &ServicePort) -> Option<i32> {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    match &port.target_port {
        None => Some(port.port),
        Some(IntOrString::Int(0)) => Some(port.port),
        Some(IntOrString::Int(number)) => Some(*number),
        Some(IntOrString::String(name)) => {
            let spec = pods::spec(pod);
            let sidecar =
                |container: &&Container| container.restart_policy.as_deref() == Some("Always");
            let containers =
                spec.containers.iter().chain(spec.init_containers.iter().flatten().filter(sidecar));
            containers
                .flat_map(|container| container.ports.iter().flatten())
                .find(|declared| {
                    declared.name.as_deref() == Some(name)
                        && declared.protocol.as_deref().unwrap_or("TCP") == protocol
                })
                .map(|declared| declared.container_port)
        }
    }
}
