//! Which endpoints of a Service port a node may use.
//!
//! Models `pkg/proxy/topology.go` (`CategorizeEndpoints`): readiness, the fallback to endpoints that
//! are on their way out, traffic policies, and the hints of `trafficDistribution`.

use super::service::{Endpoint, ServicePort};

/// The endpoints of a Service port as one node sees them.
#[derive(Clone, Debug, Default)]
pub struct Categories<'a> {
    /// For traffic with policy `Cluster`.
    pub cluster: Vec<&'a Endpoint>,
    /// For traffic with policy `Local`.
    pub local: Vec<&'a Endpoint>,
    /// Everything this node may send to, under one policy or the other.
    pub reachable: Vec<&'a Endpoint>,
    /// Whether any node has a usable endpoint.
    pub any: bool,
}

/// Why some endpoints are preferred over others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topology {
    Everywhere,
    SameNode,
    SameZone,
}

/// Sorts the endpoints of a Service port for a node in a zone.
pub fn categorize<'a>(port: &'a ServicePort, node: &str, zone: Option<&str>) -> Categories<'a> {
    let mut categories = Categories::default();
    if port.uses_cluster_endpoints() {
        let topology = topology_from_hints(&port.endpoints, node, zone);
        categories.cluster = port
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.ready && is_available(endpoint, topology, node, zone))
            .collect();
        if categories.cluster.is_empty() {
            categories.cluster =
                port.endpoints.iter().filter(|e| e.serving && e.terminating).collect();
        }
        categories.any = !categories.cluster.is_empty();
    }
    if !port.uses_local_endpoints() {
        categories.reachable = categories.cluster.clone();
        return categories;
    }
    let usable =
        |endpoint: &&Endpoint| endpoint.ready || (endpoint.serving && endpoint.terminating);
    categories.any |= port.endpoints.iter().any(|endpoint| usable(&endpoint));
    let here = |endpoint: &&Endpoint| endpoint.node.as_deref() == Some(node);
    let ready: Vec<&Endpoint> =
        port.endpoints.iter().filter(here).filter(|endpoint| endpoint.ready).collect();
    let falling_back = ready.is_empty();
    categories.local = if falling_back {
        port.endpoints.iter().filter(here).filter(usable).collect()
    } else {
        ready
    };
    if !port.uses_cluster_endpoints() {
        categories.reachable = categories.local.clone();
        return categories;
    }
    categories.reachable = port
        .endpoints
        .iter()
        .filter(|endpoint| {
            let is_in =
                |list: &[&Endpoint]| list.iter().any(|other| std::ptr::eq(*other, *endpoint));
            is_in(&categories.cluster) || is_in(&categories.local)
        })
        .collect();
    categories
}

/// Hints count only if every ready endpoint has them and one of them names this place.
fn topology_from_hints(endpoints: &[Endpoint], node: &str, zone: Option<&str>) -> Topology {
    let ready = || endpoints.iter().filter(|endpoint| endpoint.ready);
    let all_have = |hints: fn(&Endpoint) -> &Vec<String>| {
        ready().next().is_some() && ready().all(|endpoint| !hints(endpoint).is_empty())
    };
    let names = |hints: fn(&Endpoint) -> &Vec<String>, place: &str| {
        ready().any(|endpoint| hints(endpoint).iter().any(|hint| hint == place))
    };
    if all_have(|e| &e.node_hints) && names(|e| &e.node_hints, node) {
        return Topology::SameNode;
    }
    match zone {
        Some(zone) if all_have(|e| &e.zone_hints) && names(|e| &e.zone_hints, zone) => {
            Topology::SameZone
        }
        _ => Topology::Everywhere,
    }
}

fn is_available(endpoint: &Endpoint, topology: Topology, node: &str, zone: Option<&str>) -> bool {
    match topology {
        Topology::Everywhere => true,
        Topology::SameNode => endpoint.node_hints.iter().any(|hint| hint == node),
        Topology::SameZone => endpoint.zone_hints.iter().any(|hint| Some(hint.as_str()) == zone),
    }
}
