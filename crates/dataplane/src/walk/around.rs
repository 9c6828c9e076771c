//! A packet between and around the nodes: the wire, the router, the internet, the way to load balancers.

use std::net::IpAddr;

use trace::{DropReason, MAXIMUM_HOPS, Place, Stage};

use super::{INTERNET, Station, WIRE, Walk};
use crate::network::Owner;

impl Walk<'_> {
    pub(super) fn on_wire(&mut self, next: IpAddr) -> Station {
        if self.trace.hop_count() + 2 >= MAXIMUM_HOPS {
            return self.drop(Stage::Wire, None, DropReason::TimeToLiveExceeded, vec![]);
        }
        if self.network.faults.tunnels_blocked && self.is_tunnelled() {
            return self.drop(Stage::Wire, None, DropReason::FirewallDenied, vec![]);
        }
        if let Some(station) = self.back_through_balancer() {
            return station;
        }
        match self.network.owner(next).cloned() {
            Some(Owner::Node(name)) => {
                if self.network.faults.cut_off(&name) {
                    return self.drop(Stage::Wire, None, DropReason::LinkDown, vec![]);
                }
                let Some(node) = self.network.node(&name).cloned() else {
                    return self.drop(Stage::Wire, None, DropReason::LinkDown, vec![]);
                };
                self.trace.forward("switch", Place::Node(name), Some("eth0"), WIRE);
                Station::FromWire(node)
            }
            Some(Owner::Pod(_, name)) => {
                let node = self.network.node(&name).and_then(|node| node.address(next.is_ipv6()));
                match node {
                    // The network between the nodes itself knows which node has the Pod's address.
                    Some(address) if self.network.profile().pods_on_node_network => {
                        Station::OnWire(address)
                    }
                    _ => self.drop(Stage::Wire, None, DropReason::NoRoute, vec![]),
                }
            }
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
            Some(Owner::Pod(_, name)) => {
                // A router of the network that Pods have addresses of knows where each one is.
                let node =
                    self.network.node(&name).and_then(|it| it.address(destination.is_ipv6()));
                return match node {
                    Some(address) if self.network.profile().pods_on_node_network => {
                        Station::OnWire(address)
                    }
                    _ => self.drop(Stage::Wire, None, DropReason::NoRoute, vec![]),
                };
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
            Some(Owner::LoadBalancer(service)) if self.network.is_inside(&service, destination) => {
                self.trace.forward("eth0", Place::NodeNetwork, None, INTERNET);
                self.drop(Stage::Wire, None, DropReason::NoSuchHost, vec![])
            }
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
}
