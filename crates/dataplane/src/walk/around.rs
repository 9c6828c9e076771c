//! A packet between and around the nodes: the wire, the router, the internet, load balancers.

use std::net::IpAddr;
use std::sync::Arc;

use manifest::{FieldPath, ObjectRef};
use trace::{Action, DropReason, Evidence, MAXIMUM_HOPS, Place, Stage};

use super::{INTERNET, Station, WIRE, Walk};
use crate::netns::{NodeInfo, flow_port};
use crate::network::Owner;

impl Walk<'_> {
    pub(super) fn on_wire(&mut self, next: IpAddr) -> Station {
        if self.trace.hop_count() + 2 >= MAXIMUM_HOPS {
            return self.drop(Stage::Wire, None, DropReason::TimeToLiveExceeded, vec![]);
        }
        if self.network.faults.tunnels_blocked && self.is_tunnelled() {
            return self.drop(Stage::Wire, None, DropReason::FirewallDenied, vec![]);
        }
        match self.network.owner(next).cloned() {
            Some(Owner::Node(name)) => {
                if self.network.faults.nodes_down.contains(&name) {
                    return self.drop(Stage::Wire, None, DropReason::LinkDown, vec![]);
                }
                let Some(node) = self.network.node(&name).cloned() else {
                    return self.drop(Stage::Wire, None, DropReason::LinkDown, vec![]);
                };
                self.trace.forward("switch", Place::Node(name), Some("eth0"), WIRE);
                Station::FromWire(node)
            }
            Some(Owner::Pod(_, _)) => self.drop(Stage::Wire, None, DropReason::NoRoute, vec![]),
            Some(Owner::LoadBalancer(_)) | None => self.beyond_the_router(),
        }
    }

    /// The router looks at the destination itself.
    pub(super) fn beyond_the_router(&mut self) -> Station {
        let destination = self.packet().destination;
        match self.network.owner(destination).cloned() {
            Some(Owner::LoadBalancer(service)) => {
                let place = Place::LoadBalancer(service.clone());
                self.trace.forward("router", place, None, WIRE);
                return Station::LoadBalancer(service);
            }
            Some(Owner::Pod(..)) => {
                return self.drop(Stage::Wire, None, DropReason::NoRoute, vec![]);
            }
            Some(Owner::Node(_)) | None => {}
        }
        match self.network.config.internet.get(&destination).cloned() {
            Some(name) => {
                let place = Place::Internet(name.clone());
                self.trace.forward("router", place, None, INTERNET);
                Station::InternetIn(name)
            }
            None => {
                let own = self.network.config.pod_networks.iter();
                let inside = own
                    .chain(&self.network.config.service_networks)
                    .chain(&self.network.config.node_networks)
                    .any(|network| network.contains(&destination));
                let reason = if inside { DropReason::NoRoute } else { DropReason::NoSuchHost };
                self.drop(Stage::Wire, None, reason, vec![])
            }
        }
    }

    pub(super) fn internet_out(&mut self) -> Station {
        let destination = self.packet().destination;
        match self.network.owner(destination).cloned() {
            Some(Owner::LoadBalancer(service)) => {
                let place = Place::LoadBalancer(service.clone());
                self.trace.forward("eth0", place, None, INTERNET);
                Station::LoadBalancer(service)
            }
            Some(Owner::Node(_) | Owner::Pod(..)) | None => {
                self.trace.forward("eth0", Place::NodeNetwork, None, INTERNET);
                Station::OnWire(destination)
            }
        }
    }

    /// A load balancer that leaves the address alone, as Google's, Azure's and MetalLB do: the node
    /// takes the packet for itself by kube-proxy's rule for the balancer's address.
    pub(super) fn load_balancer(&mut self, service: ObjectRef) -> Station {
        let tuple = self.packet().five_tuple();
        let ports = self.network.services.ports_of(&service);
        let port = ports.iter().find(|port| {
            port.load_balancer_ips.contains(&tuple.destination)
                && (port.name.protocol, port.port) == (tuple.protocol, tuple.destination_port)
        });
        let Some(port) = port.cloned() else {
            return self.drop(Stage::LoadBalancer, None, DropReason::FirewallDenied, vec![]);
        };
        let path = FieldPath::of("spec.externalTrafficPolicy");
        let value = if port.external_local { "Local" } else { "Cluster" };
        let why = vec![Evidence::Field { field: port.field(&path), value: value.into() }];
        let healthy: Vec<Arc<NodeInfo>> = self
            .network
            .nodes()
            .filter(|node| !self.network.faults.nodes_down.contains(&node.name))
            .filter(|node| {
                !port.external_local
                    || port
                        .endpoints
                        .iter()
                        .any(|e| e.ready && e.node.as_deref() == Some(node.name.as_str()))
            })
            .cloned()
            .collect();
        if healthy.is_empty() {
            return self.drop(Stage::LoadBalancer, None, DropReason::NoLocalEndpoints, why);
        }
        let chosen = &healthy[usize::from(flow_port(&tuple)) % healthy.len()];
        let Some(next) = chosen.address(tuple.destination.is_ipv6()) else {
            return self.drop(Stage::LoadBalancer, None, DropReason::NoRoute, why);
        };
        self.trace.step(Stage::LoadBalancer, Action::Passed, None, why);
        self.trace.forward("load balancer", Place::NodeNetwork, None, WIRE);
        Station::OnWire(next)
    }
}
