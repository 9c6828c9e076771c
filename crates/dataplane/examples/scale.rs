//! Measures one request's cost in a small and in a very large cluster, and prints the ratio.
//!
//! `cargo run --release -p dataplane --example scale`. The large cluster has 5,000 nodes, 150,000 Pods,
//! 10,000 Services and 5,000 policies. Times are of the machine that runs it; only ratios mean anything.

#![allow(clippy::disallowed_methods, reason = "a measurement needs a real clock")]

use std::net::IpAddr;
use std::time::{Duration, Instant};

use apiserver::Snapshot;
use dataplane::policy::{Facts, Peer, PolicyIndex, allows};
use dataplane::{Cni, Listeners, Listening, Network, NetworkConfig};
use manifest::{Kind, Object, ObjectRef};
use packet::{Packet, Payload, Protocol, Tcp, TcpFlags, Time, Transport};
use serde_json::{Value, json};
use trace::{Place, PolicyDirection};

struct Everything;

impl Listeners for Everything {
    fn listening(&self, _: &Snapshot, _: &Place, _: Protocol, _: IpAddr, _: u16) -> Listening {
        Listening { listening: true, ..Listening::default() }
    }
}

fn object(kind: Kind, value: Value) -> Object {
    Object::from_json(kind, value).expect("a well-formed object")
}

fn address(base: [u8; 2], number: usize) -> String {
    format!(
        "{}.{}.{}.{}",
        base[0],
        usize::from(base[1]) + number / 65536,
        number / 256 % 256,
        number % 256
    )
}

fn node(number: usize) -> Object {
    let block = format!("{}/26", address([10, 0], number * 64));
    object(
        Kind::Node,
        json!({"metadata": {"name": format!("node-{number}")},
               "spec": {"podCIDR": block, "podCIDRs": [block]},
               "status": {"addresses": [{"type": "InternalIP", "address": address([172, 16], number + 2)}]}}),
    )
}

fn pod(number: usize, nodes: usize) -> Object {
    let (on, place) = (number % nodes, number / nodes);
    object(
        Kind::Pod,
        json!({"metadata": {"name": format!("pod-{number}"), "namespace": format!("team-{}", number % 50),
                            "labels": {"app": format!("app-{}", number % 10000), "tier": format!("{}", number % 7)}},
               "spec": {"nodeName": format!("node-{on}"), "containers": [{"name": "c"}]},
               "status": {"phase": "Running", "podIP": address([10, 0], on * 64 + 2 + place)}}),
    )
}

fn service(number: usize, pods: usize, services: usize, nodes: usize) -> [Object; 2] {
    let name = format!("svc-{number}");
    let namespace = format!("team-{}", number % 50);
    let endpoints: Vec<Value> = (0..(pods / services).clamp(3, 15))
        .map(|place| {
            let pod = (number + place * services) % pods;
            json!({"addresses": [address([10, 0], pod % nodes * 64 + 2 + pod / nodes)],
                   "conditions": {"ready": true}, "nodeName": format!("node-{}", pod % nodes)})
        })
        .collect();
    [
        object(
            Kind::Service,
            json!({"metadata": {"name": name, "namespace": namespace},
                   "spec": {"clusterIP": address([10, 96], number + 10), "ports": [{"port": 80, "protocol": "TCP"}]}}),
        ),
        object(
            Kind::EndpointSlice,
            json!({"metadata": {"name": format!("{name}-1"), "namespace": namespace,
                                "labels": {"kubernetes.io/service-name": name}},
                   "addressType": "IPv4", "ports": [{"port": 8080, "protocol": "TCP"}], "endpoints": endpoints}),
        ),
    ]
}

fn policy(number: usize) -> Object {
    object(
        Kind::NetworkPolicy,
        json!({"metadata": {"name": format!("policy-{number}"), "namespace": format!("team-{}", number % 50)},
               "spec": {"podSelector": {"matchLabels": {"app": format!("app-{}", number * 2)}},
                        "ingress": [{"from": [{"podSelector": {}}, {"namespaceSelector": {}}],
                                     "ports": [{"port": 8080}]}]}}),
    )
}

struct Size {
    nodes: usize,
    pods: usize,
    services: usize,
    policies: usize,
}

fn objects(size: &Size) -> Vec<Object> {
    let mut objects: Vec<Object> = (0..size.nodes).map(node).collect();
    objects.extend((0..size.pods).map(|number| pod(number, size.nodes)));
    objects
        .extend((0..size.services).flat_map(|n| service(n, size.pods, size.services, size.nodes)));
    objects.extend((0..size.policies).map(policy));
    objects
}

fn network() -> Network {
    let block = |text: &str| vec![text.parse().expect("a literal network")];
    Network::new(NetworkConfig {
        cni: Cni::CalicoVxlan,
        pod_networks: block("10.0.0.0/11"),
        service_networks: block("10.96.0.0/12"),
        node_networks: block("172.16.0.0/12"),
        ..NetworkConfig::default()
    })
}

fn syn(source: IpAddr, port: u16, destination: &str) -> Packet {
    Packet {
        source,
        destination: destination.parse().expect("an address"),
        ttl: 64,
        identification: 0,
        dont_fragment: true,
        transport: Transport::Tcp(Tcp {
            source_port: port,
            destination_port: 80,
            sequence: 1,
            acknowledgement: 0,
            flags: TcpFlags { syn: true, ..TcpFlags::default() },
            window: 64240,
            payload: Payload::Empty,
        }),
    }
}

fn one_request(network: &mut Network) -> Duration {
    let from = Place::Pod(ObjectRef::new(Kind::Pod, "team-1", "pod-1"));
    let source = network.address_of(&from).expect("the Pod has an address");
    let destination = address([10, 96], 12);
    let start = Instant::now();
    const TIMES: u16 = 300;
    for port in 0..TIMES {
        let packet = syn(source, 40000 + port, &destination);
        network.transmit(&from, packet, Time::START, vec![], &Everything);
    }
    start.elapsed() / u32::from(TIMES)
}

fn main() {
    let small = Size { nodes: 3, pods: 90, services: 10, policies: 5 };
    let large = Size { nodes: 5000, pods: 150_000, services: 10_000, policies: 5000 };
    let mut times = Vec::new();
    for (name, size) in [("small", small), ("large", large)] {
        let objects = objects(&size);
        let start = Instant::now();
        let snapshot: Snapshot = objects.into_iter().collect();
        let stored = start.elapsed();
        let mut network = network();
        let start = Instant::now();
        network.sync(&snapshot, Time::START);
        let synced = start.elapsed();
        let request = one_request(&mut network);
        println!("{name}: store {stored:?}, sync {synced:?}, one packet {request:?}");
        times.push(request);
    }
    println!("one packet, large : small = {:.2}", times[1].as_secs_f64() / times[0].as_secs_f64());
    matrix();
}

/// All pairs of 1,000 Pods under 200 policies.
fn matrix() {
    let mut objects: Vec<Object> = (0..3).map(node).collect();
    objects.extend((0..1000).map(|number| pod(number, 3)));
    objects.extend((0..200).map(policy));
    let snapshot: Snapshot = objects.into_iter().collect();
    let start = Instant::now();
    let index = PolicyIndex::of(&snapshot);
    let facts: Vec<Facts<'_>> = snapshot
        .objects_of(Kind::Pod)
        .filter_map(|pod| Facts::of(&snapshot, &pod.reference()))
        .collect();
    let peers: Vec<Peer<'_>> = facts.iter().cloned().map(Peer::Pod).collect();
    let mut open = 0u32;
    for (from, source) in facts.iter().zip(&peers) {
        for (to, target) in facts.iter().zip(&peers) {
            let egress = PolicyDirection::Egress;
            let ingress = PolicyDirection::Ingress;
            open += u32::from(
                allows(&index, egress, from, target, Protocol::Tcp, 8080)
                    && allows(&index, ingress, to, source, Protocol::Tcp, 8080),
            );
        }
    }
    println!("matrix of 1,000 Pods under 200 policies: {open} open pairs in {:?}", start.elapsed());
}
