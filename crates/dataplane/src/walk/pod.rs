//! A packet in a Pod's namespace: its route, the socket layer's load balancer, the way out.

use std::sync::Arc;

use manifest::ObjectRef;
use trace::{Action, DropReason, Evidence, Line, Place, RejectReason, Stage};

use super::netfilter::Asked;
use super::{Passage, Station, VETH, Walk};
use crate::conntrack::{rewrite_destination, rewrite_source};
use crate::netns::{Cni, Device, NodeInfo, PodSide, Profile, host_device, mac, pod_routes};
use crate::network::Owner;
use crate::proxy::{Decision, Hook, Mark, Tracking};

impl Walk<'_> {
    pub(super) fn pod_out(&mut self, pod: ObjectRef) -> Station {
        let place = Place::Pod(pod.clone());
        let destination = self.packet().destination;
        let addresses = self.network.addresses_of(&place);
        let own = addresses.iter().copied().find(|own| own.is_ipv6() == destination.is_ipv6());
        let node = self.network.pod(&pod).map(crate::network::node_of).map(str::to_owned);
        let node = node.and_then(|name| self.network.node(&name).cloned());
        let profile = self.network.profile();
        let has_network = self.network.config.cni != Cni::None;
        let (Some(own), Some(node), true) = (own, node, has_network) else {
            return self.reject(Stage::Routing, None, RejectReason::NetworkUnreachable, vec![]);
        };
        if self.connect(&place, &node, profile) {
            return Station::Over;
        }
        let destination = self.packet().destination;
        if addresses.contains(&destination) || destination.is_loopback() {
            let text = format!("local {destination} dev eth0 proto kernel scope host src {own}");
            let line = Line { table: "local".into(), lines: vec![text], position: 0 };
            let route = Evidence::Route { line, via: None };
            self.trace.step(Stage::Routing, Action::Routed, Some("lo"), vec![route]);
            return self.deliver(place);
        }
        let pod_network = self.network.pod_network(destination.is_ipv6());
        let (line, via) = pod_routes(own, destination, &node, pod_network, profile);
        let route = Evidence::Route { line, via };
        self.trace.step(Stage::Routing, Action::Routed, Some("eth0"), vec![route]);
        let mtu = self.network.pod_mtu();
        if self.is_too_big(mtu) {
            return self.drop(Stage::Device, Some("eth0"), DropReason::TooBig, vec![]);
        }
        let target = via.unwrap_or(destination);
        let gateway = match profile.pod_side {
            PodSide::Bridged { bridge, .. } if via.is_some() => {
                Some(mac(Device::Node(&node.name, bridge), profile))
            }
            PodSide::Bridged { bridge, spans_nodes, .. } => match self.network.owner(destination) {
                Some(Owner::Pod(peer, _)) => Some(mac(Device::Pod(peer), profile)),
                Some(Owner::Node(name)) if *name == node.name || spans_nodes => {
                    Some(mac(Device::Node(name, bridge), profile))
                }
                Some(Owner::Node(_) | Owner::LoadBalancer(_)) | None => None,
            },
            PodSide::Routed { .. } => Some(mac(Device::Veth(&pod), profile)),
        };
        let Some(gateway) = gateway else {
            return self.unresolved(target, "eth0");
        };
        let state = if profile.knows_gateway() { "PERMANENT" } else { "REACHABLE" };
        self.address(target, "eth0", mac(Device::Pod(&pod), profile), gateway, state, None);
        let veth = host_device(&pod, profile);
        self.trace.forward("eth0", Place::Node(node.name.clone()), Some(&veth), VETH);
        Station::FromPod(node, pod)
    }

    /// The socket layer's own load balancer, where the plugin has one: it rewrites the destination at
    /// `connect(2)`, once for each socket; answers whether the packet ended there.
    pub(super) fn connect(
        &mut self,
        place: &Place,
        node: &Arc<NodeInfo>,
        profile: &'static Profile,
    ) -> bool {
        if !profile.socket_load_balancer {
            return false;
        }
        let tuple = self.packet().five_tuple();
        let known = self.network.connected.get(&(place.clone(), tuple)).copied();
        if let Some((address, port)) = known {
            let frame = self.edited(|packet| rewrite_destination(packet, address, port));
            let evidence = vec![];
            self.maybe_translated(Stage::SocketLoadBalancer, None, frame, evidence);
            return false;
        }
        let passage = Passage {
            node: node.clone(),
            tracking: Tracking::New,
            tracked: None,
            original: None,
            translated: false,
            marked: Mark::default(),
            from_pod: None,
            bridged: false,
        };
        let ruling = self.ask(&passage, Asked::Nat, Hook::Output, tuple);
        if self.ended(Stage::SocketLoadBalancer, &ruling) {
            return true;
        }
        if let Decision::Translate { address, port } = ruling.decision {
            self.network.connected.insert((place.clone(), tuple), (address, port));
            let frame = self.edited(|packet| rewrite_destination(packet, address, port));
            let stage = Stage::SocketLoadBalancer;
            self.maybe_translated(stage, None, frame, ruling.evidence);
        }
        false
    }

    /// A socket that was connected by the load balancer hears its answers from where it asked.
    pub(super) fn hear(&mut self, place: &Place) {
        if !self.network.profile().socket_load_balancer {
            return;
        }
        let seen = self.packet().five_tuple();
        let asked = self.network.connected.iter().find(|((at, tuple), (address, port))| {
            at == place
                && (tuple.protocol, tuple.source_port) == (seen.protocol, seen.destination_port)
                && (*address, *port) == (seen.source, seen.source_port)
        });
        let asked = asked.map(|((_, tuple), _)| (tuple.destination, tuple.destination_port));
        if let Some((address, port)) = asked {
            let frame = self.edited(|packet| rewrite_source(packet, address, port));
            self.maybe_translated(Stage::SocketLoadBalancer, None, frame, vec![]);
        }
    }
}
