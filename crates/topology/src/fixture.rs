//! A small cluster and a journey through it, made by hand, for this crate's own tests.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use manifest::{Kind, ObjectRef};
use packet::{
    Datagram, Ethernet, Frame, Mac, Packet, Payload, Protocol, Tcp, TcpFlags, Time, Transport, Udp,
};
use trace::{
    Action, Direction, DropReason, Exchange, Flight, Journey, Outcome, Place, Purpose, Question,
    Stage, Trace, TraceBuilder,
};

use crate::inventory::{
    EndpointFacts, Family, NodeFacts, PodFacts, PodState, ServiceFacts, Shield,
};
use crate::{Fabric, Inventory, Map, Seating};

/// Two nodes, three Pods of a web app, a frontend, CoreDNS, and two Services.
pub fn inventory() -> Inventory {
    let web = ["m7c4d", "t5w8z", "x2k9p"].map(|suffix| format!("web-app-6d9f7c5b8-{suffix}"));
    let mut pods: Vec<PodFacts> = web
        .iter()
        .zip(10..)
        .map(|(name, last)| pod(name, "web-app", "node-1", [10, 244, 1, last]))
        .collect();
    pods.push(pod("frontend", "frontend", "node-2", [10, 244, 2, 5]));
    let mut dns = pod("coredns-7db6d8ff4d-abcde", "coredns", "node-1", [10, 244, 1, 2]);
    dns.reference.namespace = "kube-system".into();
    dns.system = true;
    pods.push(dns);
    let endpoints = web.iter().map(|name| EndpointFacts { pod: pod_ref(name), ready: true });
    Inventory {
        nodes: vec![node("node-1", 10, 1), node("node-2", 11, 2)],
        services: vec![ServiceFacts {
            reference: ObjectRef::new(Kind::Service, "default", "web-service"),
            address: "10.96.15.20".into(),
            external: None,
            ports: "80".into(),
            type_: "ClusterIP".into(),
            endpoints: endpoints.collect(),
            system: false,
        }],
        pods,
        balanced: Vec::new(),
        entries: Vec::new(),
        machines: vec![
            ("laptop".into(), IpAddr::from([203, 0, 113, 9])),
            ("dns.google".into(), IpAddr::from([8, 8, 8, 8])),
        ],
        unscheduled: Vec::new(),
    }
}

/// The map of that cluster with Flannel.
pub fn map() -> Map {
    Map::of(&inventory(), Fabric::of("flannel-vxlan"), &Seating::default(), 4)
}

/// A Pod of the default namespace.
pub fn pod(name: &str, owner: &str, node: &str, address: [u8; 4]) -> PodFacts {
    let suffix = if name == owner { "" } else { name.rsplit('-').next().unwrap_or_default() };
    PodFacts {
        reference: pod_ref(name),
        family: Family { owner: owner.into(), suffix: suffix.into() },
        node: node.into(),
        address: Some(IpAddr::from(address)),
        port: Some(8080),
        state: PodState::Ready,
        restarts: 0,
        shield: Shield::default(),
        app: owner.into(),
        system: false,
    }
}

/// A Pod that the map shows, by its name.
pub fn pod_named(map: &Map, name: &str) -> ObjectRef {
    let mut dots = map.nodes.iter().flat_map(|node| &node.cards).flat_map(|card| &card.pods);
    dots.find(|dot| dot.pod.name == name).map(|dot| dot.pod.clone()).expect("the map shows the Pod")
}

/// A SYN from the frontend to `web-service` and the SYN-ACK that comes back.
pub fn journey() -> Journey {
    let exchange = Exchange {
        cause: None,
        purpose: Purpose::Http {
            method: "GET".into(),
            host: "web-service".into(),
            path: "/".into(),
            tls: false,
        },
        client: Place::Pod(pod_ref("frontend")),
        server_address: IpAddr::V4(SERVICE),
        server_port: 80,
        protocol: Protocol::Tcp,
    };
    let flight = |direction, trace| Flight { exchange: 0, direction, attempt: 0, trace };
    Journey {
        question: Question {
            from: Place::Pod(pod_ref("frontend")),
            target: "http://web-service".into(),
        },
        started: Time::START,
        ended: Time::from_seconds(1),
        exchanges: vec![exchange],
        packets: vec![flight(Direction::Request, request()), flight(Direction::Reply, reply())],
        outcome: Outcome::Connected,
    }
}

/// The SYN again, lost in the frontend's own node.
pub fn lost() -> Flight {
    let syn = TcpFlags { syn: true, ..TcpFlags::default() };
    let frame = segment((FRONTEND, 48580), (SERVICE, 80), syn);
    let mut walk = TraceBuilder::sent(Place::Pod(pod_ref("frontend")), frame, Time::START, vec![]);
    walk.forward("eth0", Place::Node("node-2".into()), Some("veth4a1"), LATENCY);
    walk.step(Stage::Filter, Action::Dropped(DropReason::PolicyDenied), None, vec![]);
    Flight { exchange: 0, direction: Direction::Request, attempt: 0, trace: walk.finish() }
}

const FRONTEND: Ipv4Addr = Ipv4Addr::new(10, 244, 2, 5);
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 15, 20);
const WEB: Ipv4Addr = Ipv4Addr::new(10, 244, 1, 11);
const LATENCY: Duration = Duration::from_micros(50);

fn pod_ref(name: &str) -> ObjectRef {
    ObjectRef::new(Kind::Pod, "default", name)
}

fn node(name: &str, last: u8, network: u8) -> NodeFacts {
    NodeFacts {
        name: name.into(),
        address: Some(IpAddr::from([192, 168, 1, last])),
        pod_cidr: Some(format!("10.244.{network}.0/24")),
        ready: true,
        trouble: String::new(),
        cordoned: false,
        translated: vec![ObjectRef::new(Kind::Service, "default", "web-service")],
        agents: vec![ObjectRef::new(Kind::Pod, "kube-system", "kube-proxy-abcde")],
    }
}

fn segment(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), flags: TcpFlags) -> Frame {
    Frame::bare(Packet {
        source: from.0.into(),
        destination: to.0.into(),
        ttl: 64,
        identification: 1,
        dont_fragment: true,
        transport: Transport::Tcp(Tcp {
            source_port: from.1,
            destination_port: to.1,
            sequence: 1,
            acknowledgement: 0,
            flags,
            window: 64240,
            payload: Payload::Empty,
        }),
    })
}

fn request() -> Trace {
    let syn = TcpFlags { syn: true, ..TcpFlags::default() };
    let frame = segment((FRONTEND, 48580), (SERVICE, 80), syn);
    let mut walk = TraceBuilder::sent(Place::Pod(pod_ref("frontend")), frame, Time::START, vec![]);
    walk.step(Stage::Routing, Action::Routed, None, vec![]);
    walk.forward("eth0", Place::Node("node-2".into()), Some("veth4a1"), LATENCY);
    walk.step(Stage::Bridge, Action::Bridged, Some("cni0"), vec![]);
    walk.step(Stage::Conntrack, Action::Tracked, None, vec![]);
    let mut translated = walk.frame().clone();
    if let Some(packet) = translated.packet_mut() {
        packet.destination = WEB.into();
        packet.set_destination_port(8080);
    }
    walk.change(Stage::DestinationNat, Action::Translated, None, translated, vec![]);
    cross(&mut walk, ("node-2", 11), ("node-1", 10));
    walk.step(Stage::Bridge, Action::Bridged, Some("cni0"), vec![]);
    let web = pod_ref("web-app-6d9f7c5b8-t5w8z");
    walk.forward("veth77e", Place::Pod(web), Some("eth0"), LATENCY);
    walk.step(Stage::Application, Action::Delivered, None, vec![]);
    walk.finish()
}

fn reply() -> Trace {
    let web = Place::Pod(pod_ref("web-app-6d9f7c5b8-t5w8z"));
    let flags = TcpFlags { syn: true, ack: true, ..TcpFlags::default() };
    let frame = segment((WEB, 8080), (FRONTEND, 48580), flags);
    let mut walk = TraceBuilder::sent(web, frame, Time(2_000), vec![]);
    walk.forward("eth0", Place::Node("node-1".into()), Some("veth77e"), LATENCY);
    walk.step(Stage::Bridge, Action::Bridged, Some("cni0"), vec![]);
    walk.step(Stage::Conntrack, Action::Tracked, None, vec![]);
    cross(&mut walk, ("node-1", 10), ("node-2", 11));
    let mut translated = walk.frame().clone();
    if let Some(packet) = translated.packet_mut() {
        packet.source = SERVICE.into();
        packet.set_source_port(80);
    }
    walk.change(Stage::Conntrack, Action::Translated, None, translated, vec![]);
    walk.step(Stage::Bridge, Action::Bridged, Some("cni0"), vec![]);
    walk.forward("veth4a1", Place::Pod(pod_ref("frontend")), Some("eth0"), LATENCY);
    walk.step(Stage::Application, Action::Delivered, None, vec![]);
    walk.finish()
}

/// From the kernel of one node through the tunnel to the kernel of the other.
fn cross(walk: &mut TraceBuilder, from: (&str, u8), to: (&str, u8)) {
    walk.step(Stage::Routing, Action::Routed, Some("flannel.1"), vec![]);
    walk.step(Stage::Filter, Action::Permitted, None, vec![]);
    let inner = Frame {
        ethernet: Some(Ethernet { source: Mac([2; 6]), destination: Mac([4; 6]) }),
        body: walk.frame().body.clone(),
    };
    let bare = walk.frame().clone();
    let outer = Frame::bare(Packet {
        source: [192, 168, 1, from.1].into(),
        destination: [192, 168, 1, to.1].into(),
        ttl: 64,
        identification: 2,
        dont_fragment: false,
        transport: Transport::Udp(Udp {
            source_port: 51234,
            destination_port: 8472,
            payload: Datagram::Vxlan { vni: 1, frame: Box::new(inner) },
        }),
    });
    walk.change(Stage::Tunnel, Action::Encapsulated, Some("flannel.1"), outer, vec![]);
    walk.forward("eth0", Place::NodeNetwork, None, LATENCY);
    walk.forward(to.0, Place::Node(to.0.into()), Some("eth0"), LATENCY);
    walk.change(Stage::Tunnel, Action::Decapsulated, Some("flannel.1"), bare, vec![]);
    walk.step(Stage::Routing, Action::Routed, Some("cni0"), vec![]);
    walk.step(Stage::Filter, Action::Permitted, None, vec![]);
}
