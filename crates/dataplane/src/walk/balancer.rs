//! A packet at a load balancer: its firewall, the node it chooses, and the way back. Which
//! provider does what is `balancer`'s table; which nodes are healthy, `network::targets`'s.

use k8s_openapi::api::networking::v1::Ingress;
use manifest::{FieldPath, Kind, ObjectRef};
use packet::FiveTuple;
use trace::{Action, DropReason, Evidence, Place, Stage};

use super::{INTERNET, Station, WIRE, Walk};
use crate::balancer::Delivery;
use crate::conntrack::{rewrite_destination, rewrite_source, tuple_of};
use crate::network::{Balanced, Owner};

impl Walk<'_> {
    /// A packet that came to a load balancer.
    pub(super) fn load_balancer(&mut self, owner: ObjectRef) -> Station {
        let provider = self.network.provider(&owner);
        let tuple = self.packet().five_tuple();
        let is_answer = self.network.has_socket(
            &Place::LoadBalancer(owner.clone()),
            tuple.protocol,
            tuple.destination_port,
        );
        if is_answer {
            return self.deliver(Place::LoadBalancer(owner));
        }
        if owner.kind == Kind::Ingress {
            return self.application_balancer(owner, &tuple);
        }
        let ports = self.network.services.ports_of(&owner);
        let port = ports.iter().find(|port| {
            port.cluster_ip.is_ipv6() == tuple.destination.is_ipv6()
                && (port.name.protocol, port.port) == (tuple.protocol, tuple.destination_port)
        });
        let Some(port) = port.cloned() else {
            return self.drop(Stage::LoadBalancer, None, DropReason::FirewallDenied, vec![]);
        };
        let is_allowed = port.source_ranges.is_empty()
            || port.source_ranges.iter().any(|range| range.contains(&tuple.source));
        if provider.has_firewall() && !is_allowed {
            let field = port.field(&FieldPath::of("spec.loadBalancerSourceRanges"));
            let ranges: Vec<String> = port.source_ranges.iter().map(ToString::to_string).collect();
            let why = vec![Evidence::Field { field, value: ranges.join(", ") }];
            return self.drop(Stage::LoadBalancer, None, DropReason::FirewallDenied, why);
        }
        if provider.delivery() == Delivery::OwnConnection {
            return self.deliver(Place::LoadBalancer(owner));
        }
        let now = self.trace.now();
        let targets = self.network.targets(&owner, &port, &tuple, self.listeners, now);
        let path = FieldPath::of("spec.externalTrafficPolicy");
        let value = if port.external_local { "Local" } else { "Cluster" };
        let why = vec![
            Evidence::Field { field: port.field(&path), value: value.into() },
            targets.evidence,
        ];
        let Some(chosen) = targets.chosen else {
            return self.drop(Stage::LoadBalancer, None, DropReason::NoHealthyTarget, why);
        };
        let Some(next) = chosen.address(tuple.destination.is_ipv6()) else {
            return self.drop(Stage::LoadBalancer, None, DropReason::NoRoute, why);
        };
        match (provider.delivery(), port.node_port) {
            (Delivery::ToNodePort, Some(node_port)) => {
                let frame = self.edited(|packet| rewrite_destination(packet, next, node_port));
                self.trace.change(Stage::LoadBalancer, Action::Translated, None, frame, why);
                let answer = self.packet().five_tuple().reversed();
                let node = chosen.name.clone();
                self.network.remember_balanced(tuple, answer, Balanced { owner, node });
            }
            (Delivery::ToNodePort, None) => {
                return self.drop(Stage::LoadBalancer, None, DropReason::NoRoute, why);
            }
            (Delivery::AsItIs | Delivery::OwnConnection, _) => {
                self.trace.step(Stage::LoadBalancer, Action::Passed, None, why);
            }
        }
        self.trace.forward("load balancer", Place::NodeNetwork, None, WIRE);
        Station::OnWire(next)
    }

    /// An Application Load Balancer answers for itself on the ports its Ingress names.
    fn application_balancer(&mut self, owner: ObjectRef, tuple: &FiveTuple) -> Station {
        let snapshot = self.network.snapshot.clone();
        let ingress = snapshot.find::<Ingress>(&owner.namespace, &owner.name);
        let listens = ingress.is_some_and(|ingress| {
            let mut ports = crate::ingress::listen_ports(&snapshot, ingress).into_iter();
            ports.any(|(port, _)| port == tuple.destination_port)
        });
        if !listens {
            return self.drop(Stage::LoadBalancer, None, DropReason::FirewallDenied, vec![]);
        }
        self.deliver(Place::LoadBalancer(owner))
    }

    /// The answer to a packet that a balancer sent on goes back through it, under its address.
    pub(super) fn back_through_balancer(&mut self) -> Option<Station> {
        let (tuple, is_error) = tuple_of(self.packet());
        let (asked, balanced) = self.network.balanced(&tuple)?.clone();
        if is_error {
            self.trace.forward("switch", Place::LoadBalancer(balanced.owner), None, WIRE);
            // It passes no error of a node on to the client.
            let reason = DropReason::FirewallDenied;
            return Some(self.drop(Stage::LoadBalancer, None, reason, vec![]));
        }
        self.trace.forward("switch", Place::LoadBalancer(balanced.owner), None, WIRE);
        let (address, port) = (asked.destination, asked.destination_port);
        let frame = self.edited(|packet| rewrite_source(packet, address, port));
        self.trace.change(Stage::LoadBalancer, Action::Translated, None, frame, vec![]);
        Some(self.balancer_out())
    }

    /// A packet leaves a load balancer: to a node, to a Pod where Pods have addresses of the nodes'
    /// own network, or to a client on the internet.
    pub(super) fn balancer_out(&mut self) -> Station {
        let destination = self.packet().destination;
        match self.network.owner(destination).cloned() {
            Some(Owner::Node(_) | Owner::Pod(..)) => {
                self.trace.forward("load balancer", Place::NodeNetwork, None, WIRE);
                Station::OnWire(destination)
            }
            Some(Owner::LoadBalancer(_)) | None => {
                match self.network.config.internet.get(&destination).cloned() {
                    Some(name) => {
                        let place = Place::Internet(name.clone());
                        self.trace.forward("load balancer", place, None, INTERNET);
                        Station::InternetIn(name)
                    }
                    None => self.drop(Stage::LoadBalancer, None, DropReason::NoSuchHost, vec![]),
                }
            }
        }
    }
}
