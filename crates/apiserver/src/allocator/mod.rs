//! ClusterIPs and node ports of Services.
//!
//! Models `pkg/registry/core/service/storage/alloc.go` and `storage.go`. What is taken is read from the
//! stored Services, so that deleting or changing a Service releases what it held and nothing can leak.

pub(crate) mod cluster_ip;
mod family;
mod node_port;
mod type_change;

use k8s_openapi::api::core::v1::Service;
use manifest::{Kind, Object};

use crate::{ApiServer, Refusal};

pub(crate) use type_change::{adopt, drop_dependent};

/// Gives a Service the addresses and ports it needs. `before` is the stored Service on an update.
///
/// # Errors
/// `Invalid` if what it asks for cannot be had, `InternalError` if nothing is left.
pub(crate) fn allocate(
    server: &mut ApiServer,
    before: Option<&Service>,
    service: &mut Service,
    dry_run: bool,
) -> Result<(), Refusal> {
    family::initialize(&server.config, before, service)?;
    cluster_ip::allocate(server, before, service, dry_run)?;
    node_port::allocate(server, before, service)
}

/// Keeps `clusterIP` and `clusterIPs` in step where only the former was written.
///
/// Models `NormalizeClusterIPs` in `pkg/registry/core/service/strategy.go`.
pub(crate) fn normalize(before: Option<&Service>, service: &mut Service) {
    let Some(spec) = &mut service.spec else { return };
    let address = spec.cluster_ip.clone().unwrap_or_default();
    let several = spec.cluster_ips.clone().unwrap_or_default();
    let Some(before) = before.and_then(|before| before.spec.as_ref()) else {
        if !address.is_empty() && several.is_empty() {
            spec.cluster_ips = Some(vec![address]);
        }
        return;
    };
    let old_address = before.cluster_ip.clone().unwrap_or_default();
    let old_several = before.cluster_ips.clone().unwrap_or_default();
    if address != old_address && several == old_several {
        // The person changed the old field only: the new one follows.
        spec.cluster_ips = (!address.is_empty()).then(|| vec![address]);
    } else if address == old_address && several != old_several && several.is_empty() {
        // Clearing the list alone means to clear the address.
        spec.cluster_ip = None;
    }
}

/// Every stored Service.
fn services(server: &ApiServer) -> impl Iterator<Item = &Service> {
    server.objects.objects_of(Kind::Service).filter_map(|object| match &**object {
        Object::Service(service) => Some(service),
        _ => None,
    })
}

fn kind_of(service: &Service) -> &str {
    service.spec.as_ref().and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP")
}

fn is_headless(service: &Service) -> bool {
    service.spec.as_ref().is_some_and(|spec| spec.cluster_ip.as_deref() == Some("None"))
}

fn needs_cluster_ip(service: &Service) -> bool {
    matches!(kind_of(service), "ClusterIP" | "NodePort" | "LoadBalancer")
}

/// Whether ports without a node port get one.
fn wants_node_ports(service: &Service) -> bool {
    match kind_of(service) {
        "NodePort" => true,
        "LoadBalancer" => {
            service.spec.as_ref().and_then(|spec| spec.allocate_load_balancer_node_ports)
                != Some(false)
        }
        _ => false,
    }
}

fn needs_health_check(service: &Service) -> bool {
    kind_of(service) == "LoadBalancer"
        && service.spec.as_ref().and_then(|spec| spec.external_traffic_policy.as_deref())
            == Some("Local")
}

fn refuse(service: &Service, causes: Vec<crate::Cause>) -> Refusal {
    Refusal::invalid(Object::from(service.clone()).reference(), causes)
}
