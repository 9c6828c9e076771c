//! Defaults of Services and their endpoints.
//!
//! Models `SetDefaults_Service` and `SetDefaults_Endpoints` in `pkg/apis/core/v1/defaults.go` and
//! `pkg/apis/discovery/v1/defaults.go`. Addresses and families are the allocator's business.

use k8s_openapi::api::core::v1::{
    ClientIPConfig, Endpoints, Service, ServiceSpec, SessionAffinityConfig,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::text;

/// Three hours, the time a client keeps its endpoint.
const CLIENT_IP_SECONDS: i32 = 10_800;

pub(super) fn service(service: &mut Service) {
    let spec = service.spec.get_or_insert_default();
    text(&mut spec.session_affinity, "None");
    match spec.session_affinity.as_deref() {
        Some("None") => spec.session_affinity_config = None,
        Some("ClientIP") => {
            let written = spec
                .session_affinity_config
                .as_ref()
                .and_then(|config| config.client_ip.as_ref()?.timeout_seconds);
            if written.is_none() {
                spec.session_affinity_config = Some(SessionAffinityConfig {
                    client_ip: Some(ClientIPConfig { timeout_seconds: Some(CLIENT_IP_SECONDS) }),
                });
            }
        }
        _ => {}
    }
    text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
        let unset = match &port.target_port {
            None | Some(IntOrString::Int(0)) => true,
            Some(IntOrString::String(name)) => name.is_empty(),
            Some(IntOrString::Int(_)) => false,
        };
        if unset {
            port.target_port = Some(IntOrString::Int(port.port));
        }
    }
    if is_externally_accessible(spec) {
        text(&mut spec.external_traffic_policy, "Cluster");
    }
    let kind = spec.type_.as_deref();
    if matches!(kind, Some("NodePort" | "LoadBalancer" | "ClusterIP")) {
        spec.internal_traffic_policy.get_or_insert_with(|| "Cluster".into());
    }
    let load_balancer =
        service.status.get_or_insert_default().load_balancer.get_or_insert_default();
    if kind == Some("LoadBalancer") {
        spec.allocate_load_balancer_node_ports.get_or_insert(true);
        for ingress in load_balancer.ingress.iter_mut().flatten() {
            if ingress.ip.is_some() {
                ingress.ip_mode.get_or_insert_with(|| "VIP".into());
            }
        }
    }
}

/// Whether clients outside the cluster are meant to reach it.
fn is_externally_accessible(spec: &ServiceSpec) -> bool {
    match spec.type_.as_deref() {
        Some("NodePort" | "LoadBalancer") => true,
        Some("ClusterIP") => {
            spec.external_ips.as_ref().is_some_and(|addresses| !addresses.is_empty())
        }
        _ => false,
    }
}

pub(super) fn endpoints(endpoints: &mut Endpoints) {
    for subset in endpoints.subsets.iter_mut().flatten() {
        for port in subset.ports.iter_mut().flatten() {
            text(&mut port.protocol, "TCP");
        }
    }
}

pub(super) fn endpoint_slice(slice: &mut EndpointSlice) {
    for port in slice.ports.iter_mut().flatten() {
        port.name.get_or_insert_default();
        port.protocol.get_or_insert_with(|| "TCP".into());
    }
}
