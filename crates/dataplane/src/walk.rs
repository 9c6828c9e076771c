//! A packet's itinerary through namespaces and hooks, in the order of the kernel.
//!
//! `Station` is the map: every place where a packet can be, and `run` the only loop. On a node the
//! order is that of netfilter: conntrack, destination NAT, routing, policy, filter, source NAT, then
//! neighbour, tunnel and device. Every stage a packet meets writes one step, also when it lets the
//! packet pass. What a packet is, what listens, and who sends the answer are other files' business.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use manifest::ObjectRef;
use packet::{
    Datagram, Ethernet, FiveTuple, Frame, FrameBody, Icmp, Mac, Packet, Protocol, Time, Transport,
    Udp,
};
use trace::{
    Action, DropReason, Evidence, Line, MAXIMUM_HOPS, Place, PolicyDecision, PolicyDirection,
    RejectReason, Stage, Trace, TraceBuilder,
};

use crate::conntrack::{Tracked, Way, rewrite_destination, rewrite_source, tuple_of};
use crate::netns::{
    Between, Cni, Device, MissingPod, NodeInfo, PodSide, Profile, Route, RouteKind, flow_port,
    host_device, mac, pod_routes,
};
use crate::network::{Listeners, Network, NodeChance, Owner};
use crate::proxy::{Decision, Hook, Ruling, ServicePortName, Tracking, View};

/// From one end of a veth pair to the other.
const VETH: Duration = Duration::from_micros(20);
/// From a node's device to the switch, or back.
const WIRE: Duration = Duration::from_micros(100);
/// To or from a machine on the internet.
const INTERNET: Duration = Duration::from_millis(10);
/// How long the kernel asks for a hardware address before it gives up: three times a second.
const ADDRESS_RESOLUTION: Duration = Duration::from_secs(3);

/// Where the packet is, and what will look at it next.
enum Station {
    /// A process in a Pod has sent it.
    PodOut(ObjectRef),
    /// It came out of a Pod's `eth0`.
    PodIn(ObjectRef),
    /// A process on a node has sent it.
    HostOut(Arc<NodeInfo>),
    /// It came to the node's end of a Pod's link.
    FromPod(Arc<NodeInfo>, ObjectRef),
    /// It came to a node's `eth0`.
    FromWire(Arc<NodeInfo>),
    /// It came out of a node's tunnel device.
    FromTunnel(Arc<NodeInfo>, &'static str),
    /// It is for a process on the node.
    HostIn(Passage),
    /// It goes through the node.
    Forward(Passage, Route),
    /// It is on the network between the nodes, addressed to this next hop.
    OnWire(IpAddr),
    /// A machine on the internet has sent it.
    InternetOut,
    /// It came to a machine on the internet.
    InternetIn(String),
    /// It came to a load balancer.
    LoadBalancer(ObjectRef),
    /// It has ended.
    Over,
}

/// A packet's stay in one node's netfilter.
struct Passage {
    node: Arc<NodeInfo>,
    /// What the tracker says.
    tracking: Tracking,
    /// The connection, if the tracker knows it.
    tracked: Option<Tracked>,
    /// The flow as it came, if it is to be remembered.
    original: Option<FiveTuple>,
    /// Whether its destination was translated.
    translated: bool,
    /// Whether it carries the mark `0x4000`.
    marked: bool,
    /// The Pod of this node that it came from.
    from_pod: Option<ObjectRef>,
    /// Whether a bridge carries it across without routing.
    bridged: bool,
}

/// Which end of a packet.
#[derive(Clone, Copy)]
enum Side {
    Source,
    Destination,
}

/// Which rules are asked.
#[derive(Clone, Copy)]
enum Asked {
    /// Those before destination NAT.
    Guard,
    /// Those that translate.
    Nat,
    /// Those that let pass or not.
    Filter,
}

/// One packet's walk.
pub(crate) struct Walk<'n> {
    network: &'n mut Network,
    listeners: &'n dyn Listeners,
    trace: TraceBuilder,
}

impl<'n> Walk<'n> {
    pub(crate) fn new(
        network: &'n mut Network,
        listeners: &'n dyn Listeners,
        from: Place,
        mut packet: Packet,
        now: Time,
        evidence: Vec<Evidence>,
    ) -> Self {
        packet.identification = network.next_identification();
        let trace = TraceBuilder::sent(from, Frame::bare(packet), now, evidence);
        Self { network, listeners, trace }
    }

    pub(crate) fn run(mut self) -> Trace {
        let mut station = self.start();
        loop {
            station = match station {
                Station::PodOut(pod) => self.pod_out(pod),
                Station::PodIn(pod) => self.deliver(Place::Pod(pod)),
                Station::HostOut(node) => self.host_out(node),
                Station::FromPod(node, pod) => self.enter_from_pod(node, pod),
                Station::FromWire(node) => self.enter_from_wire(node),
                Station::FromTunnel(node, device) => self.enter(node, device, None, false),
                Station::HostIn(passage) => self.host_in(passage),
                Station::Forward(passage, route) => self.forward(passage, route),
                Station::OnWire(next) => self.on_wire(next),
                Station::InternetOut => self.internet_out(),
                Station::InternetIn(name) => self.deliver(Place::Internet(name)),
                Station::LoadBalancer(service) => self.load_balancer(service),
                Station::Over => return self.trace.finish(),
            };
        }
    }

    fn start(&mut self) -> Station {
        let from = self.network.namespace_of(self.trace.place());
        match from {
            Place::Pod(pod) => Station::PodOut(pod),
            Place::Node(name) => match self.network.node(&name).cloned() {
                Some(node) => Station::HostOut(node),
                None => self.drop(Stage::Device, None, DropReason::LinkDown, vec![]),
            },
            Place::Internet(_) | Place::LoadBalancer(_) | Place::NodeNetwork => {
                Station::InternetOut
            }
        }
    }

    // In a Pod.

    fn pod_out(&mut self, pod: ObjectRef) -> Station {
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
        let pod_network = self.pod_network(destination.is_ipv6());
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
            PodSide::Bridged { bridge, .. } => match self.network.owner(destination) {
                Some(Owner::Pod(peer, _)) => Some(mac(Device::Pod(peer), profile)),
                Some(Owner::Node(name)) if *name == node.name => {
                    Some(mac(Device::Node(&node.name, bridge), profile))
                }
                Some(Owner::Node(_) | Owner::LoadBalancer(_)) | None => None,
            },
            PodSide::Routed { .. } => Some(mac(Device::Veth(&pod), profile)),
        };
        let Some(gateway) = gateway else {
            return self.unresolved(target, "eth0");
        };
        self.address(target, "eth0", mac(Device::Pod(&pod), profile), gateway, "REACHABLE", None);
        let veth = host_device(&pod, profile);
        self.trace.forward("eth0", Place::Node(node.name.clone()), Some(&veth), VETH);
        Station::FromPod(node, pod)
    }

    /// The socket layer's own load balancer, where the plugin has one: it rewrites the destination at
    /// `connect(2)`, once for each socket; answers whether the packet ended there.
    fn connect(&mut self, place: &Place, node: &Arc<NodeInfo>, profile: &'static Profile) -> bool {
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
            marked: false,
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
    fn hear(&mut self, place: &Place) {
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

    // Into a node.

    fn enter_from_pod(&mut self, node: Arc<NodeInfo>, pod: ObjectRef) -> Station {
        let profile = self.network.profile();
        let PodSide::Bridged { bridge, .. } = profile.pod_side else {
            self.strip();
            let device = host_device(&pod, profile);
            return self.enter(node, &device, Some(pod), false);
        };
        let up = mac(Device::Node(&node.name, bridge), profile);
        let across = self.trace.frame().ethernet.is_some_and(|ethernet| ethernet.destination != up);
        let mut frame = self.trace.frame().clone();
        if !across {
            frame.ethernet = None;
        }
        self.trace.change(Stage::Bridge, Action::Bridged, Some(bridge), frame, vec![]);
        self.enter(node, bridge, Some(pod), across)
    }

    fn enter_from_wire(&mut self, node: Arc<NodeInfo>) -> Station {
        let packet = self.packet();
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
                inner.ethernet = None;
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
    fn enter(
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

    // From a process of a node.

    fn host_out(&mut self, node: Arc<NodeInfo>) -> Station {
        let profile = self.network.profile();
        if self.connect(&Place::Node(node.name.clone()), &node, profile) {
            return Station::Over;
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

    // Through a node, or to one of its processes.

    fn forward(&mut self, mut passage: Passage, route: Route) -> Station {
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

    fn host_in(&mut self, mut passage: Passage) -> Station {
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
    fn leave(&mut self, mut passage: Passage, route: Route) -> Station {
        let profile = self.network.profile();
        self.translate_source(&mut passage, &route, Hook::Postrouting);
        let node = passage.node;
        match route.kind {
            RouteKind::ToPod => self.leave_to_pod(node, &route, profile, passage.bridged),
            RouteKind::ToNode => self.leave_to_node(node, &route, profile),
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

    fn leave_to_pod(
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

    fn leave_to_node(
        &mut self,
        node: Arc<NodeInfo>,
        route: &Route,
        profile: &'static Profile,
    ) -> Station {
        let ipv6 = self.packet().destination.is_ipv6();
        let peer = route.node.as_deref().and_then(|name| self.network.node(name).cloned());
        let (Some(peer), Some(own)) = (peer, node.address(ipv6)) else {
            return self.drop(Stage::Routing, None, DropReason::NoRoute, vec![]);
        };
        let Some(remote) = peer.address(ipv6) else {
            return self.drop(Stage::Routing, None, DropReason::NoRoute, vec![]);
        };
        if self.is_too_big(profile.mtu) {
            return self.drop(Stage::Device, Some(&route.device), DropReason::TooBig, vec![]);
        }
        match profile.between {
            Between::Vxlan { device, port, vni } => {
                let own_mac = mac(Device::Node(&node.name, device), profile);
                let peer_mac = mac(Device::Node(&peer.name, device), profile);
                let via = route.via.unwrap_or(remote);
                let entry = format!("{peer_mac} dst {remote} self permanent");
                let fdb = Line { table: format!("{device} fdb"), lines: vec![entry], position: 0 };
                let state = "PERMANENT";
                self.address(via, device, own_mac, peer_mac, state, Some(fdb));
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
    fn encapsulate(&mut self, device: &str, own: IpAddr, remote: IpAddr, transport: Transport) {
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

    fn leave_to_wire(
        &mut self,
        node: &NodeInfo,
        next: IpAddr,
        profile: &'static Profile,
    ) -> Station {
        let peer = match self.network.owner(next) {
            Some(Owner::Node(name)) => mac(Device::Node(name, "eth0"), profile),
            _ if next == self.network.router(next.is_ipv6()) => mac(Device::Router, profile),
            _ => return self.unresolved(next, "eth0"),
        };
        let own = mac(Device::Node(&node.name, "eth0"), profile);
        self.address(next, "eth0", own, peer, "REACHABLE", None);
        self.trace.forward("eth0", Place::NodeNetwork, None, WIRE);
        Station::OnWire(next)
    }

    // Between and around the nodes.

    fn on_wire(&mut self, next: IpAddr) -> Station {
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
    fn beyond_the_router(&mut self) -> Station {
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

    fn internet_out(&mut self) -> Station {
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
    fn load_balancer(&mut self, service: ObjectRef) -> Station {
        let tuple = self.packet().five_tuple();
        let ports = self.network.services.ports_of(&service);
        let port = ports.iter().find(|port| {
            port.load_balancer_ips.contains(&tuple.destination)
                && (port.name.protocol, port.port) == (tuple.protocol, tuple.destination_port)
        });
        let Some(port) = port.cloned() else {
            return self.drop(Stage::LoadBalancer, None, DropReason::FirewallDenied, vec![]);
        };
        let path = manifest::FieldPath::of("spec.externalTrafficPolicy");
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

    // Stages of a node's netfilter.

    /// Whether the tracker knows the connection.
    fn track(
        &mut self,
        node: Arc<NodeInfo>,
        from_pod: Option<ObjectRef>,
        bridged: bool,
        device: Option<&str>,
    ) -> Passage {
        let now = self.trace.now();
        let (tuple, is_error) = tuple_of(self.packet());
        let packet = self.packet().clone();
        let conntrack = &mut self.network.state(&node.name).conntrack;
        let tracked = conntrack.find(&tuple, now);
        if let (Some(tracked), false) = (tracked, is_error) {
            conntrack.advance(tracked, &packet, now);
        }
        let tracking = match (tracked, is_error) {
            (_, true) => Tracking::Related,
            (Some(_), false) => Tracking::Established,
            (None, false) => Tracking::New,
        };
        let passage = Passage {
            tracking,
            tracked,
            original: (tracking == Tracking::New).then_some(tuple),
            translated: tracked
                .and_then(|tracked| conntrack.entry(tracked.id))
                .is_some_and(|entry| entry.translates_destination()),
            marked: false,
            from_pod,
            bridged,
            node,
        };
        let evidence = match tracked {
            Some(_) => self.conntrack_evidence(&passage, false),
            None => vec![Evidence::Conntrack {
                original: tuple,
                reply: tuple.reversed(),
                fresh: true,
                text: String::new(),
            }],
        };
        self.trace.step(Stage::Conntrack, Action::Tracked, device, evidence);
        passage
    }

    /// Destination NAT, and what stands before it; answers whether the packet ended there.
    fn translate_destination(
        &mut self,
        passage: &mut Passage,
        hook: Hook,
        device: Option<&str>,
    ) -> bool {
        let before = self.packet().five_tuple();
        if passage.tracking != Tracking::New {
            let evidence = self.conntrack_evidence(passage, false);
            let frame = match self.wanted(passage, Side::Destination) {
                Some(wanted) => self.edited(|packet| {
                    rewrite_destination(packet, wanted.destination, wanted.destination_port);
                }),
                None => self.trace.frame().clone(),
            };
            self.maybe_translated(Stage::DestinationNat, device, frame, evidence);
            return false;
        }
        let guarded = self.ask(passage, Asked::Guard, hook, before);
        if self.ended(Stage::Filter, &guarded) {
            return true;
        }
        let ruling = self.ask(passage, Asked::Nat, hook, before);
        if self.ended(Stage::DestinationNat, &ruling) {
            return true;
        }
        passage.marked = ruling.marked;
        let mut evidence = ruling.evidence;
        let frame = match ruling.decision {
            Decision::Translate { address, port } => {
                passage.translated = true;
                let frame = self.edited(|packet| rewrite_destination(packet, address, port));
                let after = FiveTuple { destination: address, destination_port: port, ..before };
                evidence.push(Evidence::Conntrack {
                    original: before,
                    reply: after.reversed(),
                    fresh: true,
                    text: String::new(),
                });
                frame
            }
            Decision::Pass
            | Decision::Accept
            | Decision::Masquerade
            | Decision::Drop
            | Decision::Reject => self.trace.frame().clone(),
        };
        self.maybe_translated(Stage::DestinationNat, device, frame, evidence);
        false
    }

    /// NetworkPolicy on one side; answers whether the packet ended there.
    fn policy(
        &mut self,
        passage: &Passage,
        direction: PolicyDirection,
        subject: Option<ObjectRef>,
    ) -> bool {
        let Some(subject) = subject else { return false };
        let profile = self.network.profile();
        let stage = match direction {
            PolicyDirection::Egress => Stage::EgressPolicy,
            PolicyDirection::Ingress => Stage::IngressPolicy,
        };
        let tuple = self.packet().five_tuple();
        let peer = match direction {
            PolicyDirection::Egress => tuple.destination,
            PolicyDirection::Ingress => tuple.source,
        };
        let (protocol, port) = (tuple.protocol, tuple.destination_port);
        let decision = self.network.decide(direction, &subject, peer, protocol, port);
        let Some(decision) = decision else { return false };
        if !profile.enforces_policy {
            if !decision.allowed && passage.tracking == Tracking::New {
                let cni = profile.name.to_owned();
                let policies = decision.isolating;
                let evidence = vec![Evidence::PolicyNotEnforced { cni, policies }];
                self.trace.step(stage, Action::Passed, None, evidence);
            }
            return false;
        }
        if passage.tracking != Tracking::New {
            let evidence = self.conntrack_evidence(passage, false);
            self.trace.step(stage, Action::Passed, None, evidence);
            return false;
        }
        let action = match (decision.isolating.is_empty(), decision.allowed) {
            (true, _) => Action::Passed,
            (false, true) => Action::Permitted,
            (false, false) => {
                let evidence = vec![Evidence::Policy(decision)];
                self.drop(stage, None, DropReason::PolicyDenied, evidence);
                return true;
            }
        };
        self.trace.step(stage, action, None, vec![Evidence::Policy(decision)]);
        false
    }

    /// A process of the node reaches the node's own Pods whatever their policies say.
    fn own_pod(&mut self, pod: ObjectRef) {
        let profile = self.network.profile();
        let tuple = self.packet().five_tuple();
        let (direction, port) = (PolicyDirection::Ingress, tuple.destination_port);
        let decision = self.network.decide(direction, &pod, tuple.source, tuple.protocol, port);
        if let Some(decision) = decision.filter(|decision| !decision.isolating.is_empty())
            && profile.enforces_policy
        {
            let decision = PolicyDecision { allowed: true, allowed_by: None, ..decision };
            let evidence = vec![Evidence::Policy(decision)];
            self.trace.step(Stage::IngressPolicy, Action::Permitted, None, evidence);
        }
    }

    /// The filter table; answers whether the packet ended there.
    fn filter(&mut self, passage: &mut Passage, hook: Hook) -> bool {
        let tuple = self.packet().five_tuple();
        let ruling = self.ask(passage, Asked::Filter, hook, tuple);
        if self.ended(Stage::Filter, &ruling) {
            return true;
        }
        let action = match ruling.decision {
            Decision::Accept => Action::Permitted,
            Decision::Pass
            | Decision::Translate { .. }
            | Decision::Masquerade
            | Decision::Drop
            | Decision::Reject => Action::Passed,
        };
        self.trace.step(Stage::Filter, action, None, ruling.evidence);
        false
    }

    /// Whether rules ended the packet's journey.
    fn ended(&mut self, stage: Stage, ruling: &Ruling) -> bool {
        let evidence = ruling.evidence.clone();
        match ruling.decision {
            Decision::Drop => {
                let reason = if self.lacks_local_endpoints(ruling) {
                    DropReason::NoLocalEndpoints
                } else {
                    DropReason::FirewallDenied
                };
                self.drop(stage, None, reason, evidence);
                true
            }
            Decision::Reject => {
                // Without a Service port it is a port that the ClusterIP does not have.
                let reason = if ruling.service.is_some() {
                    RejectReason::NoEndpoints
                } else {
                    RejectReason::PortClosed
                };
                self.reject(stage, None, reason, evidence);
                true
            }
            Decision::Pass
            | Decision::Accept
            | Decision::Translate { .. }
            | Decision::Masquerade => false,
        }
    }

    /// Whether a rule dropped for want of an endpoint on this node, and not for the sender's sake.
    fn lacks_local_endpoints(&self, ruling: &Ruling) -> bool {
        match ruling.evidence.first() {
            Some(Evidence::Rule { from: Some(field), .. }) => {
                field.path.to_string().ends_with("TrafficPolicy")
            }
            _ => false,
        }
    }

    /// Source NAT, and the moment when the tracker remembers a new connection.
    fn translate_source(&mut self, passage: &mut Passage, route: &Route, hook: Hook) {
        if passage.tracking != Tracking::New {
            self.follow_source(passage, hook);
            return;
        }
        let before = self.packet().five_tuple();
        let ruling = self.ask(passage, Asked::Nat, hook, before);
        let mut evidence = ruling.evidence;
        let source = match (ruling.decision, route.source) {
            (Decision::Masquerade, Some(address)) => address,
            _ => before.source,
        };
        let fully_random = ruling.decision == Decision::Masquerade;
        self.remember(passage, source, fully_random, &mut evidence);
    }

    /// Makes the entry of a new connection, with `source` as its source from here on.
    fn remember(
        &mut self,
        passage: &mut Passage,
        source: IpAddr,
        random_port: bool,
        evidence: &mut Vec<Evidence>,
    ) {
        let Some(original) = passage.original else { return };
        let now = self.trace.now();
        let draw = self.network.draw();
        let (now_tuple, _) = tuple_of(self.packet());
        let mut after = FiveTuple { source, ..now_tuple };
        if random_port && after.source_port != 0 && after.protocol != Protocol::Icmp {
            after.source_port = 1024 + (draw % 64512) as u16;
        }
        let packet = self.packet().clone();
        let conntrack = &mut self.network.state(&passage.node.name).conntrack;
        let id = conntrack.add(&packet, original, after.reversed(), now);
        passage.tracked = Some(Tracked { id, way: Way::Original });
        let port = conntrack.entry(id).map_or(after.source_port, |e| e.reply.destination_port);
        let icmp = after.protocol == Protocol::Icmp;
        let frame = self.edited(|packet| {
            packet.source = source;
            if !icmp {
                packet.set_source_port(port);
            }
        });
        evidence.extend(self.conntrack_evidence(passage, true));
        self.maybe_translated(Stage::SourceNat, None, frame, std::mem::take(evidence));
    }

    /// A later packet's source follows the connection's entry.
    fn follow_source(&mut self, passage: &mut Passage, hook: Hook) {
        if passage.tracking == Tracking::New {
            if passage.tracked.is_some() {
                return;
            }
            let Some(original) = passage.original else { return };
            let now = self.trace.now();
            let (after, _) = tuple_of(self.packet());
            let packet = self.packet().clone();
            let conntrack = &mut self.network.state(&passage.node.name).conntrack;
            conntrack.add(&packet, original, after.reversed(), now);
            return;
        }
        let evidence = self.conntrack_evidence(passage, false);
        let frame = match self.wanted(passage, Side::Source) {
            Some(wanted) => {
                self.edited(|packet| rewrite_source(packet, wanted.source, wanted.source_port))
            }
            None => self.trace.frame().clone(),
        };
        if hook == Hook::Input && frame == *self.trace.frame() {
            return;
        }
        self.maybe_translated(Stage::SourceNat, None, frame, evidence);
    }

    /// The flow that a packet of a known connection has on the other side of the node, if `side` of
    /// the packet is translated at all.
    fn wanted(&mut self, passage: &Passage, side: Side) -> Option<FiveTuple> {
        let tracked = passage.tracked?;
        let conntrack = &self.network.state(&passage.node.name).conntrack;
        let entry = conntrack.entry(tracked.id)?;
        let is_translated = match (tracked.way, side) {
            (Way::Original, Side::Destination) | (Way::Reply, Side::Source) => {
                entry.translates_destination()
            }
            (Way::Original, Side::Source) | (Way::Reply, Side::Destination) => {
                entry.translates_source()
            }
        };
        if !is_translated {
            return None;
        }
        let tuple = entry.translated(tracked.way);
        // A ping has no ports; its identifier stays.
        Some(match tuple.protocol {
            Protocol::Icmp => FiveTuple { source_port: 0, destination_port: 0, ..tuple },
            Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::IpInIp => tuple,
        })
    }

    fn conntrack_evidence(&mut self, passage: &Passage, fresh: bool) -> Vec<Evidence> {
        let now = self.trace.now();
        let Some(tracked) = passage.tracked else { return Vec::new() };
        let conntrack = &self.network.state(&passage.node.name).conntrack;
        let Some(entry) = conntrack.entry(tracked.id) else { return Vec::new() };
        vec![Evidence::Conntrack {
            original: entry.original,
            reply: entry.reply,
            fresh,
            text: entry.line(now),
        }]
    }

    fn ask(&mut self, passage: &Passage, question: Asked, hook: Hook, tuple: FiveTuple) -> Ruling {
        let node = &passage.node;
        let tables = self.network.tables_for(
            &node.name,
            tuple.destination,
            tuple.protocol,
            tuple.destination_port,
        );
        let own = node.own_addresses(self.network.profile());
        let is_own = |address: IpAddr| own.contains(&address) || address.is_loopback();
        let view = View {
            tuple,
            tracking: passage.tracking,
            translated: passage.translated,
            source_is_local: is_own(tuple.source),
            destination_is_local: is_own(tuple.destination),
            marked: passage.marked,
        };
        let services = self.network.services_at(&node.name).clone();
        let ipv6 = tuple.destination.is_ipv6();
        let of = &|name: &ServicePortName| services.port(ipv6, name).cloned();
        let now = self.trace.now();
        let mut chance = NodeChance { network: self.network, node: &node.name, now };
        match question {
            Asked::Guard => tables.guard(hook, view, &mut chance, of),
            Asked::Nat => tables.nat(hook, view, &mut chance, of),
            Asked::Filter => tables.filter(hook, view, &mut chance, of),
        }
    }

    // Ends.

    /// Whether a process takes the packet.
    fn deliver(&mut self, place: Place) -> Station {
        self.hear(&place);
        let packet = self.packet().clone();
        let (_, port) = packet.ports();
        let protocol = packet.protocol();
        let pod = match &place {
            Place::Pod(pod) => Some(pod.clone()),
            Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                None
            }
        };
        if let Transport::Icmp(message) = &packet.transport {
            match message {
                Icmp::EchoRequest { .. }
                | Icmp::EchoReply { .. }
                | Icmp::Unreachable { .. }
                | Icmp::TimeExceeded { .. } => {}
            }
            self.trace.step(Stage::Application, Action::Delivered, None, vec![]);
            return Station::Over;
        }
        if self.network.has_socket(&place, protocol, port) {
            let others = Vec::new();
            let evidence =
                vec![Evidence::Listener { pod, container: None, port, listening: true, others }];
            self.trace.step(Stage::Application, Action::Delivered, None, evidence);
            return Station::Over;
        }
        let address = packet.destination;
        let snapshot = self.network.snapshot.clone();
        let answer = self.listeners.listening(&snapshot, &place, protocol, address, port);
        let evidence = vec![Evidence::Listener {
            pod: answer.pod.or(pod),
            container: answer.container,
            port,
            listening: answer.listening,
            others: answer.others,
        }];
        let is_reset = matches!(&packet.transport, Transport::Tcp(tcp) if tcp.flags.rst);
        if answer.listening || is_reset {
            self.trace.step(Stage::Application, Action::Delivered, None, evidence);
            return Station::Over;
        }
        self.reject(Stage::Application, None, RejectReason::PortClosed, evidence)
    }

    /// Nobody answers for an address on a link; the kernel asks three times and then says so.
    fn unresolved(&mut self, target: IpAddr, device: &str) -> Station {
        let line = Line {
            table: "neighbours".into(),
            lines: vec![format!("{target} dev {device} FAILED")],
            position: 0,
        };
        let evidence = vec![Evidence::Neighbour { line }];
        if self.network.profile().missing_pod == MissingPod::Blackhole && device != "eth0" {
            return self.drop(
                Stage::Neighbour,
                Some(device),
                DropReason::NeighbourUnreachable,
                evidence,
            );
        }
        self.trace.wait(ADDRESS_RESOLUTION);
        self.reject(Stage::Neighbour, Some(device), RejectReason::HostUnreachable, evidence)
    }

    fn drop(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        reason: DropReason,
        evidence: Vec<Evidence>,
    ) -> Station {
        self.trace.step(stage, Action::Dropped(reason), device, evidence);
        Station::Over
    }

    fn reject(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        reason: RejectReason,
        evidence: Vec<Evidence>,
    ) -> Station {
        self.trace.step(stage, Action::Rejected(reason), device, evidence);
        Station::Over
    }

    // The packet.

    fn packet(&self) -> &Packet {
        self.trace.frame().packet().expect("only IP packets are walked; ARP is evidence")
    }

    fn edited(&self, edit: impl FnOnce(&mut Packet)) -> Frame {
        let mut frame = self.trace.frame().clone();
        edit(frame.packet_mut().expect("only IP packets are walked; ARP is evidence"));
        frame
    }

    /// Writes `Translated` if the frame differs, else `Passed`.
    fn maybe_translated(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        frame: Frame,
        evidence: Vec<Evidence>,
    ) {
        let action = if frame == *self.trace.frame() { Action::Passed } else { Action::Translated };
        self.trace.change(stage, action, device, frame, evidence);
    }

    /// Takes the link-layer header off, as a device does for the IP stack.
    fn strip(&mut self) {
        self.trace.unwrap_ethernet();
    }

    /// Finds the next hop's hardware address and writes it on the frame.
    fn address(
        &mut self,
        target: IpAddr,
        device: &str,
        own: Mac,
        peer: Mac,
        state: &str,
        forwarding: Option<Line>,
    ) {
        let line = Line {
            table: "neighbours".into(),
            lines: vec![format!("{target} dev {device} lladdr {peer} {state}")],
            position: 0,
        };
        let mut evidence = vec![Evidence::Neighbour { line }];
        evidence.extend(forwarding.map(|line| Evidence::Neighbour { line }));
        let mut frame = self.trace.frame().clone();
        frame.ethernet = Some(Ethernet { source: own, destination: peer });
        self.trace.change(Stage::Neighbour, Action::Addressed, Some(device), frame, evidence);
    }

    fn pod_network(&self, ipv6: bool) -> Option<ipnet::IpNet> {
        let networks = self.network.config.pod_networks.iter().copied();
        networks.into_iter().find(|network| network.addr().is_ipv6() == ipv6)
    }

    /// Whether a link of this many bytes does not take the packet. TCP cuts what it sends to fit the
    /// sender's own device, so a long answer counts as segments of that size.
    fn is_too_big(&self, mtu: u16) -> bool {
        let packet = self.packet();
        if !packet.dont_fragment {
            return false;
        }
        let length = packet.length();
        let length = match packet.protocol() {
            Protocol::Tcp => length.min(usize::from(self.network.pod_mtu())),
            Protocol::Udp | Protocol::Sctp | Protocol::Icmp | Protocol::IpInIp => length,
        };
        length > usize::from(mtu)
    }

    fn is_tunnelled(&self) -> bool {
        match &self.trace.frame().body {
            FrameBody::Ip(packet) => match &packet.transport {
                Transport::Udp(udp) => matches!(udp.payload, Datagram::Vxlan { .. }),
                Transport::IpInIp(_) => true,
                Transport::Tcp(_) | Transport::Sctp(_) | Transport::Icmp(_) => false,
            },
            FrameBody::Arp(_) => false,
        }
    }
}
