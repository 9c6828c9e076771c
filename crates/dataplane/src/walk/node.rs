//! A packet in a node's namespace: in from a Pod, the wire or a tunnel, through, and out again.

use std::net::IpAddr;
use std::sync::Arc;

use manifest::ObjectRef;
use packet::{Datagram, Frame, Icmp, Packet, Transport, Udp, Unreachable};
use trace::{Action, DropReason, Evidence, Line, Place, PolicyDirection, RejectReason, Stage};

use super::{Passage, Station, VETH, WIRE, Walk};
use crate::netns::{
    Between, Device, NodeInfo, PodSide, Profile, Route, RouteKind, flow_port, host_device, mac,
};
use crate::network::Owner;
use crate::proxy::Hook;

impl Walk<'_> {
    pub(super) fn enter_from_pod(&mut self, node: Arc<NodeInfo>, pod: ObjectRef) -> Station {
        let profile = self.network.profile();
        let PodSide::Bridged { bridge, .. } = profile.pod_side else {
            self.strip();
            let device = host_device(&pod, profile);
            return self.enter(node, &device, Some(pod), false);
        };
        self.enter_bridge(node, bridge, Some(pod))
    }

    /// A frame that came out of a tunnel: where one link spans the nodes, it goes on across it.
    pub(super) fn enter_from_tunnel(&mut self, node: Arc<NodeInfo>, device: &str) -> Station {
        match self.network.profile().spanning_bridge() {
            Some(bridge) => self.enter_bridge(node, bridge, None),
            None => self.enter(node, device, None, false),
        }
    }

    /// A bridge takes a frame: what is addressed to the bridge itself goes up to the node, all else
    /// across.
    fn enter_bridge(
        &mut self,
        node: Arc<NodeInfo>,
        bridge: &str,
        from: Option<ObjectRef>,
    ) -> Station {
        let up = mac(Device::Node(&node.name, bridge), self.network.profile());
        let across = self.trace.frame().ethernet.is_some_and(|ethernet| ethernet.destination != up);
        let mut frame = self.trace.frame().clone();
        if !across {
            frame.ethernet = None;
        }
        self.trace.change(Stage::Bridge, Action::Bridged, Some(bridge), frame, vec![]);
        self.enter(node, bridge, from, across)
    }

    pub(super) fn enter_from_wire(&mut self, node: Arc<NodeInfo>) -> Station {
        let packet = self.packet();
        if node.addresses.contains(&packet.source) {
            // Its own address cannot come from outside: the kernel calls such a source martian.
            return self.drop(Stage::Routing, Some("eth0"), DropReason::MartianSource, vec![]);
        }
        let to_node = node.addresses.contains(&packet.destination);
        let profile = self.network.profile();
        match (&packet.transport, &profile.between) {
            (
                Transport::Udp(Udp {
                    destination_port,
                    payload: Datagram::Vxlan { frame, .. },
                    ..
                }),
                Between::Vxlan { device, port, .. },
            ) if to_node && destination_port == port => {
                let mut inner = Frame::clone(frame);
                if profile.spanning_bridge().is_none() {
                    inner.ethernet = None;
                }
                self.trace.change(Stage::Tunnel, Action::Decapsulated, Some(device), inner, vec![]);
                Station::FromTunnel(node, device)
            }
            (Transport::IpInIp(inner), Between::IpInIp { device }) if to_node => {
                let inner = Frame::bare(Packet::clone(inner));
                self.trace.change(Stage::Tunnel, Action::Decapsulated, Some(device), inner, vec![]);
                Station::FromTunnel(node, device)
            }
            _ => {
                self.strip();
                self.enter(node, "eth0", None, false)
            }
        }
    }

    /// Before routing: conntrack and destination NAT, then the route.
    pub(super) fn enter(
        &mut self,
        node: Arc<NodeInfo>,
        device: &str,
        from_pod: Option<ObjectRef>,
        bridged: bool,
    ) -> Station {
        let profile = self.network.profile();
        let mut passage = self.track(node, from_pod, bridged, Some(device));
        if self.translate_destination(&mut passage, Hook::Prerouting, Some(device)) {
            return Station::Over;
        }
        if passage.bridged {
            let route = self.network.route(&passage.node, self.packet().destination, profile);
            return Station::Forward(passage, route);
        }
        let route = self.network.route(&passage.node, self.packet().destination, profile);
        let evidence = vec![Evidence::Route { line: route.line.clone(), via: route.via }];
        match route.kind {
            RouteKind::Local => {
                self.trace.step(Stage::Routing, Action::Routed, Some("lo"), evidence);
                Station::HostIn(passage)
            }
            RouteKind::Blackhole => self.drop(Stage::Routing, None, DropReason::NoRoute, evidence),
            RouteKind::ToPod | RouteKind::ToNode | RouteKind::OnLink | RouteKind::Default => {
                if self.packet().ttl <= 1 {
                    let reason = DropReason::TimeToLiveExceeded;
                    return self.drop(Stage::Routing, Some(device), reason, evidence);
                }
                let frame = self.edited(|packet| packet.ttl -= 1);
                self.trace.change(
                    Stage::Routing,
                    Action::Routed,
                    Some(&route.device),
                    frame,
                    evidence,
                );
                Station::Forward(passage, route)
            }
        }
    }

    pub(super) fn host_out(&mut self, node: Arc<NodeInfo>) -> Station {
        let profile = self.network.profile();
        if self.connect(&Place::Node(node.name.clone()), &node, profile) {
            return Station::Over;
        }
        let is_size_message = matches!(
            &self.packet().transport,
            Transport::Icmp(Icmp::Unreachable {
                code: Unreachable::FragmentationNeeded { .. },
                ..
            })
        );
        if is_size_message && self.network.faults.sizes_withheld {
            return self.drop(Stage::Filter, None, DropReason::FirewallDenied, vec![]);
        }
        let mut passage = self.track(node, None, false, None);
        if self.translate_destination(&mut passage, Hook::Output, None) {
            return Station::Over;
        }
        let route = self.network.route(&passage.node, self.packet().destination, profile);
        let evidence = vec![Evidence::Route { line: route.line.clone(), via: route.via }];
        if route.kind == RouteKind::Blackhole {
            return self.drop(Stage::Routing, None, DropReason::NoRoute, evidence);
        }
        self.trace.step(Stage::Routing, Action::Routed, Some(&route.device), evidence);
        if self.filter(&mut passage, Hook::Output) {
            return Station::Over;
        }
        if route.kind == RouteKind::Local {
            self.translate_source(&mut passage, &route, Hook::Postrouting);
            return Station::HostIn(passage);
        }
        if let Some(Owner::Pod(pod, on)) = self.network.owner(self.packet().destination)
            && *on == passage.node.name
        {
            let pod = pod.clone();
            self.own_pod(pod);
        }
        self.leave(passage, route)
    }

    pub(super) fn forward(&mut self, mut passage: Passage, route: Route) -> Station {
        let to_pod = match self.network.owner(self.packet().destination) {
            Some(Owner::Pod(pod, on)) if *on == passage.node.name => Some(pod.clone()),
            _ => None,
        };
        if self.policy(&passage, PolicyDirection::Egress, passage.from_pod.clone())
            || self.policy(&passage, PolicyDirection::Ingress, to_pod)
        {
            return Station::Over;
        }
        if self.filter(&mut passage, Hook::Forward) {
            return Station::Over;
        }
        self.leave(passage, route)
    }

    pub(super) fn host_in(&mut self, mut passage: Passage) -> Station {
        if self.policy(&passage, PolicyDirection::Egress, passage.from_pod.clone()) {
            return Station::Over;
        }
        if self.filter(&mut passage, Hook::Input) {
            return Station::Over;
        }
        let node = passage.node.clone();
        self.follow_source(&mut passage, Hook::Input);
        self.deliver(Place::Node(node.name.clone()))
    }

    /// After routing: source NAT, then out of the device that the route names.
    pub(super) fn leave(&mut self, mut passage: Passage, route: Route) -> Station {
        let profile = self.network.profile();
        self.translate_source(&mut passage, &route, Hook::Postrouting);
        let node = passage.node;
        match route.kind {
            RouteKind::ToPod => self.leave_to_pod(node, &route, profile, passage.bridged),
            RouteKind::ToNode => self.leave_to_node(node, &route, profile, passage.bridged),
            RouteKind::OnLink => self.leave_to_wire(&node, self.packet().destination, profile),
            RouteKind::Default => {
                let router = route.via.unwrap_or(self.packet().destination);
                self.leave_to_wire(&node, router, profile)
            }
            RouteKind::Local | RouteKind::Blackhole => {
                self.drop(Stage::Routing, None, DropReason::NoRoute, vec![])
            }
        }
    }

    pub(super) fn leave_to_pod(
        &mut self,
        node: Arc<NodeInfo>,
        route: &Route,
        profile: &'static Profile,
        bridged: bool,
    ) -> Station {
        let destination = self.packet().destination;
        let pod = match self.network.owner(destination) {
            Some(Owner::Pod(pod, on)) if *on == node.name => pod.clone(),
            _ => return self.unresolved(destination, &route.device),
        };
        let veth = host_device(&pod, profile);
        match profile.pod_side {
            PodSide::Bridged { bridge, .. } => {
                if !bridged {
                    let own = mac(Device::Node(&node.name, bridge), profile);
                    let peer = mac(Device::Pod(&pod), profile);
                    self.address(destination, bridge, own, peer, "REACHABLE", None);
                }
                let peer = mac(Device::Pod(&pod), profile);
                let line = Line {
                    table: format!("{bridge} fdb"),
                    lines: vec![format!("{peer} dev {veth} master {bridge}")],
                    position: 0,
                };
                let evidence = vec![Evidence::Neighbour { line }];
                self.trace.step(Stage::Bridge, Action::Bridged, Some(bridge), evidence);
            }
            PodSide::Routed { .. } => {
                let own = mac(Device::Veth(&pod), profile);
                let peer = mac(Device::Pod(&pod), profile);
                self.address(destination, &veth, own, peer, "REACHABLE", None);
            }
        }
        self.trace.forward(&veth, Place::Pod(pod.clone()), Some("eth0"), VETH);
        Station::PodIn(pod)
    }

    pub(super) fn leave_to_node(
        &mut self,
        node: Arc<NodeInfo>,
        route: &Route,
        profile: &'static Profile,
        bridged: bool,
    ) -> Station {
        let destination = self.packet().destination;
        let ipv6 = destination.is_ipv6();
        let peer = route.node.as_deref().and_then(|name| self.network.node(name).cloned());
        let (Some(peer), Some(own)) = (peer, node.address(ipv6)) else {
            return self.drop(Stage::Routing, None, DropReason::NoRoute, vec![]);
        };
        let Some(remote) = peer.address(ipv6) else {
            return self.drop(Stage::Routing, None, DropReason::NoRoute, vec![]);
        };
        if self.is_too_big(profile.mtu) {
            let reason = RejectReason::FragmentationNeeded { mtu: profile.mtu };
            return self.reject(Stage::Device, Some(&route.device), reason, vec![]);
        }
        match profile.between {
            Between::Vxlan { device, port, vni } => {
                if let Some(bridge) = profile.spanning_bridge() {
                    let neighbour = match self.network.owner(destination) {
                        Some(Owner::Pod(pod, _)) => mac(Device::Pod(pod), profile),
                        Some(Owner::Node(name)) => mac(Device::Node(name, bridge), profile),
                        Some(Owner::LoadBalancer(_)) | None => {
                            return self.unresolved(destination, bridge);
                        }
                    };
                    if !bridged {
                        let own = mac(Device::Node(&node.name, bridge), profile);
                        self.address(destination, bridge, own, neighbour, "REACHABLE", None);
                    }
                } else {
                    let (via, evidence) = tunnel_peer(&peer, route, remote, profile);
                    let own_mac = mac(Device::Node(&node.name, device), profile);
                    let peer_mac = mac(Device::Node(&peer.name, device), profile);
                    self.address(via, device, own_mac, peer_mac, "PERMANENT", Some(evidence));
                }
                let inner = self.trace.frame().clone();
                let source_port = flow_port(&self.packet().five_tuple());
                let payload = Datagram::Vxlan { vni, frame: Box::new(inner) };
                let udp = Udp { source_port, destination_port: port, payload };
                self.encapsulate(device, own, remote, Transport::Udp(udp));
            }
            Between::IpInIp { device } => {
                let inner = Box::new(self.packet().clone());
                self.encapsulate(device, own, remote, Transport::IpInIp(inner));
            }
            Between::Direct => {}
        }
        self.leave_to_wire(&node, remote, profile)
    }

    /// Puts an outer header around the packet, which the node then sends as its own.
    pub(super) fn encapsulate(
        &mut self,
        device: &str,
        own: IpAddr,
        remote: IpAddr,
        transport: Transport,
    ) {
        let outer = Packet {
            source: own,
            destination: remote,
            ttl: 64,
            identification: self.network.next_identification(),
            dont_fragment: false,
            transport,
        };
        let frame = Frame::bare(outer);
        self.trace.change(Stage::Tunnel, Action::Encapsulated, Some(device), frame, vec![]);
    }

    pub(super) fn leave_to_wire(
        &mut self,
        node: &NodeInfo,
        next: IpAddr,
        profile: &'static Profile,
    ) -> Station {
        let peer = match self.network.owner(next) {
            Some(Owner::Node(name)) => mac(Device::Node(name, "eth0"), profile),
            Some(Owner::LoadBalancer(owner)) => mac(Device::Node(&owner.name, "eth0"), profile),
            _ if next == self.network.router(next.is_ipv6()) => mac(Device::Router, profile),
            _ => return self.unresolved(next, "eth0"),
        };
        let own = mac(Device::Node(&node.name, "eth0"), profile);
        if self.network.faults.links_down.contains(&node.name) {
            return self.drop(Stage::Device, Some("eth0"), DropReason::LinkDown, vec![]);
        }
        self.address(next, "eth0", own, peer, "REACHABLE", None);
        self.trace.forward("eth0", Place::NodeNetwork, None, WIRE);
        Station::OnWire(next)
    }
}

/// The next hop through a VXLAN tunnel, and the entry that says which node it is on.
fn tunnel_peer(
    peer: &NodeInfo,
    route: &Route,
    remote: IpAddr,
    profile: &Profile,
) -> (IpAddr, Line) {
    let via = route.via.unwrap_or(remote);
    match (profile.tunnel(peer, remote.is_ipv6()), peer.pod_cidr(remote.is_ipv6())) {
        (None, Some(block)) => {
            let entry = format!("{block} identity=2 encryptkey=0 tunnelendpoint={remote}");
            (via, Line { table: "cilium ipcache".into(), lines: vec![entry], position: 0 })
        }
        (tunnel, _) => {
            let device = tunnel.map_or("eth0", |(device, _)| device);
            let peer_mac = mac(Device::Node(&peer.name, device), profile);
            let entry = format!("{peer_mac} dst {remote} self permanent");
            (via, Line { table: format!("{device} fdb"), lines: vec![entry], position: 0 })
        }
    }
}
