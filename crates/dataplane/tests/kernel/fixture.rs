//! A small cluster for tests: two nodes, three Pods behind a Service, one Pod elsewhere.

use std::net::IpAddr;

use apiserver::Snapshot;
use dataplane::{Listeners, Listening, Network, NetworkConfig};
use manifest::{Kind, Object, ObjectRef};
use packet::{Datagram, Icmp, Packet, Payload, Protocol, Tcp, TcpFlags, Time, Transport, Udp};
use serde_json::{Value, json};
use trace::{Place, Trace};

/// Every Pod listens on 8080 for TCP and on 53 for UDP.
pub struct Port8080;

impl Listeners for Port8080 {
    fn listening(
        &self,
        _: &Snapshot,
        place: &Place,
        protocol: Protocol,
        _: IpAddr,
        port: u16,
    ) -> Listening {
        let pod = match place {
            Place::Pod(pod) => Some(pod.clone()),
            _ => None,
        };
        let container = Some(("web".to_owned(), "nginx".to_owned()));
        Listening {
            listening: (protocol, port) == (Protocol::Tcp, 8080)
                || (protocol, port) == (Protocol::Udp, 53),
            pod,
            container,
            others: vec![8080],
        }
    }
}

pub fn object(kind: Kind, value: Value) -> Object {
    Object::from_json(kind, value).expect("a well-formed object")
}

pub fn node(name: &str, address: &str, block: &str) -> Object {
    object(
        Kind::Node,
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
               "spec": {"podCIDR": block, "podCIDRs": [block]},
               "status": {"addresses": [{"type": "InternalIP", "address": address}]}}),
    )
}

pub fn pod(name: &str, node: &str, address: &str) -> Object {
    object(
        Kind::Pod,
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
               "spec": {"nodeName": node, "containers": []},
               "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}),
    )
}

pub fn service(endpoints: &[(&str, &str)]) -> Vec<Object> {
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

pub const WEB: [(&str, &str); 3] =
    [("web-0", "10.244.1.10"), ("web-1", "10.244.1.11"), ("web-2", "10.244.1.12")];

pub fn cluster(endpoints: &[(&str, &str)]) -> Network {
    cluster_with(NetworkConfig::default(), endpoints, vec![])
}

/// The cluster under other settings, with more objects.
pub fn cluster_with(
    config: NetworkConfig,
    endpoints: &[(&str, &str)],
    more: Vec<Object>,
) -> Network {
    let mut objects = vec![
        node("node-1", "192.168.1.10", "10.244.1.0/24"),
        node("node-2", "192.168.1.11", "10.244.2.0/24"),
        pod("frontend", "node-2", "10.244.2.5"),
    ];
    objects.extend(WEB.iter().map(|(name, address)| pod(name, "node-1", address)));
    objects.extend(service(endpoints));
    objects.extend(more);
    let mut network = Network::new(config);
    network.sync(&objects.into_iter().collect(), Time::START);
    network
}

pub fn pod_place(name: &str) -> Place {
    Place::Pod(ObjectRef::new(Kind::Pod, "default", name))
}

pub fn segment(from: (&str, u16), to: (&str, u16), flags: TcpFlags) -> Packet {
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

pub fn syn() -> TcpFlags {
    TcpFlags { syn: true, ..Default::default() }
}

pub fn answer(trace: &Trace, flags: TcpFlags) -> (Place, Packet) {
    let seen = trace.last_frame().packet().expect("an IP packet").five_tuple();
    let place = trace.hops().last().expect("a hop").place().clone();
    let from = (seen.destination.to_string(), seen.destination_port);
    let to = (seen.source.to_string(), seen.source_port);
    (place, segment((&from.0, from.1), (&to.0, to.1), flags))
}

pub fn ping(from: &str, to: &str) -> Packet {
    let transport = Transport::Icmp(Icmp::EchoRequest { identifier: 7, sequence: 1 });
    Packet { transport, ..segment((from, 0), (to, 0), TcpFlags::default()) }
}

pub fn datagram(from: (&str, u16), to: (&str, u16), bytes: usize) -> Packet {
    let payload = Datagram::Bytes(vec![0; bytes]);
    let transport = Transport::Udp(Udp { source_port: from.1, destination_port: to.1, payload });
    Packet { transport, ..segment(from, to, TcpFlags::default()) }
}
