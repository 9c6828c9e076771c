//! What a Service keeps and what it gives up when it is written again, above all with another type.
//!
//! Models `patchAllocatedValues` and `dropTypeDependentFields` in `pkg/registry/core/service/strategy.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::{kind_of, needs_cluster_ip, needs_health_check};

/// Takes over allocated values that the new text leaves out.
pub(crate) fn adopt(before: &Service, after: &mut Service) {
    let clusters = needs_cluster_ip(before) && needs_cluster_ip(after);
    let nodes = has_node_ports(before) && has_node_ports(after);
    let health = needs_health_check(before) && needs_health_check(after);
    let (Some(old), Some(new)) = (&before.spec, &mut after.spec) else { return };
    if clusters {
        if new.cluster_ip.as_deref().unwrap_or_default().is_empty() {
            new.cluster_ip.clone_from(&old.cluster_ip);
        }
        if new.cluster_ips.as_ref().is_none_or(Vec::is_empty) && new.cluster_ip == old.cluster_ip {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
    }
    if nodes {
        let mut used: BTreeSet<i32> =
            node_ports(old).intersection(&node_ports(new)).copied().collect();
        let by_name: BTreeMap<String, i32> = old
            .ports
            .iter()
            .flatten()
            .filter_map(|port| Some((port.name.clone().unwrap_or_default(), port.node_port?)))
            .collect();
        for port in new.ports.iter_mut().flatten() {
            if port.node_port.unwrap_or(0) == 0
                && let Some(&known) = by_name.get(port.name.as_deref().unwrap_or_default())
                && used.insert(known)
            {
                port.node_port = Some(known);
            }
        }
    }
    if health && new.health_check_node_port.unwrap_or(0) == 0 {
        new.health_check_node_port = old.health_check_node_port;
    }
}

/// Gives up values that the new type has no use for and that were not written anew.
pub(crate) fn drop_dependent(before: &Service, after: &mut Service) {
    let lost = |needs: fn(&Service) -> bool| needs(before) && !needs(after);
    let cluster = lost(needs_cluster_ip);
    let nodes = lost(has_node_ports);
    let health = lost(needs_health_check);
    let load_balancer = lost(|service| kind_of(service) == "LoadBalancer");
    let external = lost(is_externally_accessible);
    let internal = kind_of(before) != "ExternalName" && kind_of(after) == "ExternalName";
    let (Some(old), Some(new)) = (&before.spec, &mut after.spec) else { return };
    if cluster {
        if old.cluster_ips == new.cluster_ips {
            new.cluster_ip = None;
            new.cluster_ips = None;
        }
        if old.ip_families == new.ip_families {
            new.ip_families = None;
        }
        if old.ip_family_policy == new.ip_family_policy {
            new.ip_family_policy = None;
        }
    }
    if nodes && node_ports(old) == node_ports(new) {
        for port in new.ports.iter_mut().flatten() {
            port.node_port = None;
        }
    }
    if health && old.health_check_node_port == new.health_check_node_port {
        new.health_check_node_port = None;
    }
    if load_balancer {
        if old.allocate_load_balancer_node_ports == new.allocate_load_balancer_node_ports {
            new.allocate_load_balancer_node_ports = None;
        }
        if old.load_balancer_class == new.load_balancer_class {
            new.load_balancer_class = None;
        }
    }
    if external && old.external_traffic_policy == new.external_traffic_policy {
        new.external_traffic_policy = None;
    }
    if internal && old.internal_traffic_policy == new.internal_traffic_policy {
        new.internal_traffic_policy = None;
    }
}

fn has_node_ports(service: &Service) -> bool {
    matches!(kind_of(service), "NodePort" | "LoadBalancer")
}

fn is_externally_accessible(service: &Service) -> bool {
    has_node_ports(service)
        || (kind_of(service) == "ClusterIP"
            && service
                .spec
                .as_ref()
                .and_then(|spec| spec.external_ips.as_ref())
                .is_some_and(|addresses| !addresses.is_empty()))
}

fn node_ports(spec: &ServiceSpec) -> BTreeSet<i32> {
    spec.ports
        .iter()
        .flatten()
        .filter_map(|port| port.node_port)
        .filter(|&port| port != 0)
        .collect()
}
