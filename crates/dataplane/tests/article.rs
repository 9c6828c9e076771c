//! The article's cluster, packet by packet: two nodes, Flannel VXLAN, kube-proxy with iptables.

use apiserver::Snapshot;
use dataplane::{Listeners, Listening, Network, NetworkConfig};
use manifest::{Kind, Object, ObjectRef};
use packet::{Packet, Payload, Protocol, Tcp, TcpFlags, Time, Transport};
use serde_json::{Value, json};
use std::net::IpAddr;
use trace::{Place, RejectReason, Trace, Verdict, explain};

struct Port8080;

impl Listeners for Port8080 {
    fn listening(
        &self,
        _: &Snapshot,
        place: &Place,
        _: Protocol,
        _: IpAddr,
        port: u16,
    ) -> Listening {
        let pod = match place {
            Place::Pod(pod) => Some(pod.clone()),
            _ => None,
        };
        let container = Some(("web".to_owned(), "nginx".to_owned()));
        Listening { listening: port == 8080, pod, container, others: vec![8080] }
    }
}

fn object(kind: Kind, value: Value) -> Object {
    Object::from_json(kind, value).expect("a well-formed object")
}

fn node(name: &str, address: &str, block: &str) -> Object {
    object(
        Kind::Node,
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
               "spec": {"podCIDR": block, "podCIDRs": [block]},
               "status": {"addresses": [{"type": "InternalIP", "address": address}]}}),
    )
}

fn pod(name: &str, node: &str, address: &str) -> Object {
    object(
        Kind::Pod,
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
               "spec": {"nodeName": node, "containers": []},
               "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}),
    )
}

fn service(endpoints: &[(&str, &str)]) -> Vec<Object> {
    let endpoints: Vec<Value> = endpoints
        .iter()
        .map(|(name, address)| {
            json!({"addresses": [address], "conditions": {"ready": true},
                   "nodeName": "node-1",
                   "targetRef": {"kind": "Pod", "name": name, "namespace": "default"}})
        })
        .collect();
    vec![
        object(
            Kind::Service,
            json!({"apiVersion": "v1", "kind": "Service",
                   "metadata": {"name": "web-service", "namespace": "default"},
                   "spec": {"clusterIP": "10.96.15.20", "clusterIPs": ["10.96.15.20"], "type": "NodePort",
                            "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080, "protocol": "TCP"}]}}),
        ),
        object(
            Kind::EndpointSlice,
            json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                   "metadata": {"name": "web-service-abcde", "namespace": "default",
                                "labels": {"kubernetes.io/service-name": "web-service"}},
                   "ports": [{"name": "", "port": 8080, "protocol": "TCP"}], "endpoints": endpoints}),
        ),
    ]
}

const WEB: [(&str, &str); 3] =
    [("web-0", "10.244.1.10"), ("web-1", "10.244.1.11"), ("web-2", "10.244.1.12")];

fn cluster(endpoints: &[(&str, &str)]) -> Network {
    let mut objects = vec![
        node("node-1", "192.168.1.10", "10.244.1.0/24"),
        node("node-2", "192.168.1.11", "10.244.2.0/24"),
        pod("frontend", "node-2", "10.244.2.5"),
    ];
    objects.extend(WEB.iter().map(|(name, address)| pod(name, "node-1", address)));
    objects.extend(service(endpoints));
    let mut network = Network::new(NetworkConfig::default());
    network.sync(&objects.into_iter().collect(), Time::START);
    network
}

fn pod_place(name: &str) -> Place {
    Place::Pod(ObjectRef::new(Kind::Pod, "default", name))
}

fn segment(from: (&str, u16), to: (&str, u16), flags: TcpFlags) -> Packet {
    Packet {
        source: from.0.parse().expect("an address"),
        destination: to.0.parse().expect("an address"),
        ttl: 64,
        identification: 0,
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
    }
}

fn syn() -> TcpFlags {
    TcpFlags { syn: true, ..Default::default() }
}

fn answer(trace: &Trace, flags: TcpFlags) -> (Place, Packet) {
    let seen = trace.last_frame().packet().expect("an IP packet").five_tuple();
    let place = trace.hops().last().expect("a hop").place().clone();
    let from = (seen.destination.to_string(), seen.destination_port);
    let to = (seen.source.to_string(), seen.source_port);
    (place, segment((&from.0, from.1), (&to.0, to.1), flags))
}

#[test]
fn a_request_and_its_answer_cross_the_tunnel() {
    let mut network = cluster(&WEB);
    let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
    let there = network.transmit(&pod_place("frontend"), packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&there));
    assert_eq!(there.verdict(), Verdict::Delivered);
    let seen = there.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.source, IpAddr::from([10, 244, 2, 5]));
    assert_eq!(seen.ttl, 62);
    let (place, packet) = answer(&there, TcpFlags { syn: true, ack: true, ..Default::default() });
    let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
    println!("{}", explain::render_trace(&back));
    assert_eq!(back.verdict(), Verdict::Delivered);
    let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
    assert_eq!((seen.source, seen.source_port), (IpAddr::from([10, 96, 15, 20]), 80));
    println!("{}", network.rules("node-2"));
    println!("{}", network.conntrack("node-2", back.ended()).join("\n"));
    println!("{}", network.conntrack("node-1", back.ended()).join("\n"));
}

#[test]
fn a_service_without_endpoints_is_refused_on_the_client_s_node() {
    let mut network = cluster(&[]);
    let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
    let trace = network.transmit(&pod_place("frontend"), packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&trace));
    assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::NoEndpoints));
    assert_eq!(trace.hops().len(), 2);
}

#[test]
fn a_pod_reaches_itself_through_its_service() {
    let mut network = cluster(&WEB[..1]);
    let packet = segment(("10.244.1.10", 48580), ("10.96.15.20", 80), syn());
    let there = network.transmit(&pod_place("web-0"), packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&there));
    assert_eq!(there.verdict(), Verdict::Delivered);
    let seen = there.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.source, IpAddr::from([10, 244, 1, 1]));
    let (place, packet) = answer(&there, TcpFlags { syn: true, ack: true, ..Default::default() });
    let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
    println!("{}", explain::render_trace(&back));
    let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
    assert_eq!((seen.source, seen.destination_port), (IpAddr::from([10, 96, 15, 20]), 48580));
}

#[test]
fn a_node_port_on_the_other_node_goes_on_with_the_tunnel_s_address() {
    let mut network = cluster(&WEB);
    let packet = segment(("203.0.113.9", 50000), ("192.168.1.11", 30080), syn());
    let laptop = Place::Internet("laptop".into());
    let there = network.transmit(&laptop, packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&there));
    assert_eq!(there.verdict(), Verdict::Delivered);
    let seen = there.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.source, IpAddr::from([10, 244, 2, 0]));
    let (place, packet) = answer(&there, TcpFlags { syn: true, ack: true, ..Default::default() });
    let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
    println!("{}", explain::render_trace(&back));
    let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
    assert_eq!((seen.source, seen.source_port), (IpAddr::from([192, 168, 1, 11]), 30080));
    assert_eq!(seen.destination_port, 50000);
}

#[test]
fn a_dead_address_is_reported_after_three_seconds() {
    let mut network = cluster(&WEB);
    let packet = segment(("10.244.2.5", 48580), ("10.244.1.99", 8080), syn());
    let trace = network.transmit(&pod_place("frontend"), packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&trace));
    assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::HostUnreachable));
    assert!(trace.ended() >= Time::from_seconds(3));
}
