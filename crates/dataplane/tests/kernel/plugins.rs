//! CNI plugins: true device chains, policies where they are enforced, and the edges of the network.

use std::net::IpAddr;

use dataplane::{Cni, Network, NetworkConfig, ProxyMode};
use manifest::{Kind, Object};
use packet::{TcpFlags, Time};
use serde_json::json;
use trace::{Action, DropReason, Evidence, Place, RejectReason, Stage, Trace, Verdict, explain};

use crate::fixture::*;

fn network(cni: Cni, more: Vec<Object>) -> Network {
    cluster_with(NetworkConfig { cni, ..NetworkConfig::default() }, &WEB, more)
}

fn send(network: &mut Network, from: Place, packet: packet::Packet) -> Trace {
    let trace = network.transmit(&from, packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&trace));
    trace
}

fn request() -> packet::Packet {
    segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn())
}

fn deny_all() -> Object {
    object(
        Kind::NetworkPolicy,
        json!({"metadata": {"name": "deny-all", "namespace": "default"},
               "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}),
    )
}

fn devices(trace: &Trace, hop: usize) -> Vec<String> {
    let steps = trace.hops()[hop].steps().iter();
    let mut names: Vec<String> = steps.filter_map(|step| step.device.clone()).collect();
    names.dedup();
    names
}

#[test]
fn every_plugin_carries_a_request_and_its_answer() {
    for cni in Cni::ALL.into_iter().filter(|cni| *cni != Cni::None) {
        let mut network = network(cni, vec![]);
        let there = send(&mut network, pod_place("frontend"), request());
        assert_eq!(there.verdict(), Verdict::Delivered, "{cni}");
        let flags = TcpFlags { syn: true, ack: true, ..Default::default() };
        let (place, packet) = answer(&there, flags);
        let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
        println!("{}", explain::render_trace(&back));
        assert_eq!(back.verdict(), Verdict::Delivered, "{cni}");
        let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
        assert_eq!(seen.source, IpAddr::from([10, 96, 15, 20]), "{cni}");
    }
}

#[test]
fn device_chains_are_the_plugins_own() {
    let chain =
        |cni| devices(&send(&mut network(cni, vec![]), pod_place("frontend"), request()), 1);
    assert_eq!(chain(Cni::FlannelVxlan)[1..], ["cni0", "flannel.1", "eth0"]);
    assert_eq!(chain(Cni::FlannelHostGateway)[1..], ["cni0", "eth0"]);
    assert_eq!(chain(Cni::CalicoVxlan)[1..], ["vxlan.calico", "eth0"]);
    assert_eq!(chain(Cni::CalicoIpInIp)[1..], ["tunl0", "eth0"]);
    assert_eq!(chain(Cni::Kindnet)[1..], ["eth0"]);
    assert_eq!(chain(Cni::Weave)[1..], ["weave", "vxlan-6784", "eth0"]);
    assert!(chain(Cni::CalicoBgp)[0].starts_with("cali"));
}

#[test]
fn a_policy_is_enforced_by_those_that_enforce() {
    let mut flannel = network(Cni::FlannelVxlan, vec![deny_all()]);
    let trace = send(&mut flannel, pod_place("frontend"), request());
    assert_eq!(trace.verdict(), Verdict::Delivered);
    assert!(trace.steps().any(|(_, step)| {
        matches!(step.evidence.first(), Some(Evidence::PolicyNotEnforced { .. }))
    }));
    let mut calico = network(Cni::CalicoVxlan, vec![deny_all()]);
    let trace = send(&mut calico, pod_place("frontend"), request());
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::PolicyDenied));
    let (hop, step) = trace.steps().last().expect("a trace has steps");
    assert_eq!((hop.place(), step.stage), (&Place::Node("node-1".into()), Stage::IngressPolicy));
}

#[test]
fn a_node_reaches_its_own_pods_whatever_policies_say() {
    let mut network = network(Cni::CalicoVxlan, vec![deny_all()]);
    let packet = segment(("192.168.1.10", 48580), ("10.244.1.10", 8080), syn());
    let trace = send(&mut network, Place::Node("node-1".into()), packet);
    assert_eq!(trace.verdict(), Verdict::Delivered);
    let packet = segment(("10.244.2.0", 48580), ("10.244.1.10", 8080), syn());
    let trace = send(&mut network, Place::Node("node-2".into()), packet);
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::PolicyDenied));
}

#[test]
fn a_matrix_knows_what_a_policy_changed() {
    let earlier = network(Cni::CalicoVxlan, vec![]).matrix(packet::Protocol::Tcp, 8080);
    let later = network(Cni::CalicoVxlan, vec![deny_all()]).matrix(packet::Protocol::Tcp, 8080);
    let changes = later.changes_since(&earlier);
    assert_eq!(changes.len(), 4 * 3, "every pair of two different Pods");
    assert!(changes.iter().all(|change| !change.open));
    let ignored = network(Cni::FlannelVxlan, vec![deny_all()]).matrix(packet::Protocol::Tcp, 8080);
    assert_eq!(ignored.changes_since(&earlier), []);
}

#[test]
fn ciliums_replacement_chooses_before_there_is_a_packet() {
    let config = NetworkConfig {
        cni: Cni::CiliumKubeProxyReplacement,
        proxy: ProxyMode::None,
        ..NetworkConfig::default()
    };
    let mut network = cluster_with(config, &WEB, vec![]);
    let trace = send(&mut network, pod_place("frontend"), request());
    let first = trace.hops()[0].steps().iter().find(|step| step.action == Action::Translated);
    assert_eq!(first.map(|step| step.stage), Some(Stage::SocketLoadBalancer));
    assert!(network.rules("node-1").starts_with("ID   Frontend"));
}

#[test]
fn without_a_plugin_nothing_leaves_a_pod_and_nodes_still_talk() {
    let mut network = network(Cni::None, vec![]);
    let trace = send(&mut network, pod_place("frontend"), request());
    assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::NetworkUnreachable));
    let packet = segment(("192.168.1.11", 48580), ("192.168.1.10", 8080), syn());
    let trace = send(&mut network, Place::Node("node-2".into()), packet);
    assert_eq!(trace.verdict(), Verdict::Delivered);
}

#[test]
fn a_pod_goes_out_with_its_nodes_address() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    let packet = segment(("10.244.2.5", 48580), ("198.51.100.80", 8080), syn());
    let there = send(&mut network, pod_place("frontend"), packet);
    assert_eq!(there.verdict(), Verdict::Delivered);
    let seen = there.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.source, IpAddr::from([192, 168, 1, 11]));
    let flags = TcpFlags { syn: true, ack: true, ..Default::default() };
    let (place, packet) = answer(&there, flags);
    let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
    assert_eq!(back.verdict(), Verdict::Delivered);
    let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
    assert_eq!((seen.destination, seen.destination_port), (IpAddr::from([10, 244, 2, 5]), 48580));
}

#[test]
fn pods_of_one_node_talk_across_the_bridge() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    let packet = segment(("10.244.1.10", 48580), ("10.244.1.11", 8080), syn());
    let trace = send(&mut network, pod_place("web-0"), packet);
    assert_eq!(trace.verdict(), Verdict::Delivered);
    let seen = trace.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.ttl, 64, "a bridge is no router");
}

#[test]
fn an_overlay_under_too_large_an_mtu_refuses_long_packets_only() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    network.faults_mut().pod_mtu = Some(1500);
    let small = datagram(("10.244.2.5", 40000), ("10.244.1.10", 53), 100);
    assert_eq!(send(&mut network, pod_place("frontend"), small).verdict(), Verdict::Delivered);
    let large = datagram(("10.244.2.5", 40000), ("10.244.1.10", 53), 1460);
    let trace = send(&mut network, pod_place("frontend"), large);
    let told = RejectReason::FragmentationNeeded { mtu: 1450 };
    assert_eq!(trace.verdict(), Verdict::Rejected(told));
    assert_eq!(trace.hops().len(), 2);
}

#[test]
fn a_blocked_overlay_and_a_dead_node_are_silent() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    network.faults_mut().tunnels_blocked = true;
    let trace = send(&mut network, pod_place("frontend"), request());
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::FirewallDenied));
    network.faults_mut().tunnels_blocked = false;
    network.faults_mut().nodes_off.insert("node-1".into());
    let packet = segment(("10.244.2.5", 48599), ("10.96.15.20", 80), syn());
    let trace = send(&mut network, pod_place("frontend"), packet);
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::LinkDown));
    assert_eq!(trace.hops().len(), 3);
    let packet = segment(("10.244.1.10", 48599), ("192.168.1.10", 10250), syn());
    let trace = send(&mut network, pod_place("web-0"), packet);
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::LinkDown));
    assert_eq!(trace.hops().len(), 1, "nothing runs on a machine that is off");
}

#[test]
fn behind_a_cut_link_the_node_goes_on() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    network.faults_mut().links_down.insert("node-1".into());
    let within = segment(("10.244.1.10", 40000), ("192.168.1.10", 9), syn());
    let trace = send(&mut network, pod_place("web-0"), within);
    assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::PortClosed));
    let out = datagram(("10.244.1.10", 40000), ("10.244.2.5", 53), 10);
    let trace = send(&mut network, pod_place("web-0"), out);
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::LinkDown));
    assert_eq!(trace.hops().len(), 2, "it does not get out of the node");
    let inward = datagram(("10.244.2.5", 40000), ("10.244.1.10", 53), 10);
    let trace = send(&mut network, pod_place("frontend"), inward);
    assert_eq!(trace.verdict(), Verdict::Dropped(DropReason::LinkDown));
}

#[test]
fn a_refusal_travels_back_as_if_from_the_service() {
    let mut network = network(Cni::FlannelVxlan, vec![]);
    let packet = datagram(("10.244.2.5", 40000), ("10.244.1.10", 9999), 10);
    let there = send(&mut network, pod_place("frontend"), packet);
    assert_eq!(there.verdict(), Verdict::Rejected(RejectReason::PortClosed));
    let about = there.last_frame().packet().expect("an IP packet").clone();
    let icmp =
        packet::Icmp::Unreachable { code: packet::Unreachable::Port, about: Box::new(about) };
    let error = packet::Packet {
        transport: packet::Transport::Icmp(icmp),
        ..segment(("10.244.1.10", 0), ("10.244.2.5", 0), TcpFlags::default())
    };
    let back = send(&mut network, pod_place("web-0"), error);
    assert_eq!(back.verdict(), Verdict::Delivered);
    let seen = back.last_frame().packet().expect("an IP packet");
    assert_eq!(seen.source, IpAddr::from([10, 244, 1, 10]));
}

#[test]
fn the_second_family_has_its_own_addresses_and_rules() {
    let dual = |name: &str, number: u16| {
        let blocks = [format!("10.244.{number}.0/24"), format!("fd00:10:244:{number}::/64")];
        object(
            Kind::Node,
            json!({"metadata": {"name": name}, "spec": {"podCIDR": blocks[0], "podCIDRs": blocks},
                   "status": {"addresses": [
                       {"type": "InternalIP", "address": format!("192.168.1.{}", 9 + number)},
                       {"type": "InternalIP", "address": format!("fd00:192:168:1::{number}")}]}}),
        )
    };
    let pod = |name: &str, node: &str, number: u16| {
        let addresses = [format!("10.244.{number}.5"), format!("fd00:10:244:{number}::5")];
        object(
            Kind::Pod,
            json!({"metadata": {"name": name, "namespace": "default"},
                   "spec": {"nodeName": node, "containers": []},
                   "status": {"phase": "Running", "podIP": addresses[0],
                              "podIPs": [{"ip": addresses[0]}, {"ip": addresses[1]}]}}),
        )
    };
    let objects = [
        dual("node-1", 1),
        dual("node-2", 2),
        pod("web-0", "node-1", 1),
        pod("frontend", "node-2", 2),
        object(
            Kind::Service,
            json!({"metadata": {"name": "six", "namespace": "default"},
                   "spec": {"clusterIP": "fd00:10:96::20", "clusterIPs": ["fd00:10:96::20"],
                            "ports": [{"port": 80, "protocol": "TCP"}]}}),
        ),
        object(
            Kind::EndpointSlice,
            json!({"metadata": {"name": "six-1", "namespace": "default",
                                "labels": {"kubernetes.io/service-name": "six"}},
                   "addressType": "IPv6", "ports": [{"port": 8080, "protocol": "TCP"}],
                   "endpoints": [{"addresses": ["fd00:10:244:1::5"], "conditions": {"ready": true}}]}),
        ),
    ];
    for cni in [Cni::FlannelVxlan, Cni::CalicoBgp] {
        let mut network = Network::new(NetworkConfig { cni, ..NetworkConfig::default() });
        network.sync(&objects.iter().cloned().collect(), Time::START);
        let packet = segment(("fd00:10:244:2::5", 48580), ("fd00:10:96::20", 80), syn());
        let there = send(&mut network, pod_place("frontend"), packet);
        assert_eq!(there.verdict(), Verdict::Delivered, "{cni}");
        let seen = there.last_frame().packet().expect("an IP packet").five_tuple();
        assert_eq!(seen.destination.to_string(), "fd00:10:244:1::5");
        let inside = network.namespace(&pod_place("frontend"), Time::START).expect("the Pod runs");
        let routes: Vec<&str> =
            inside.routes.iter().filter(|(ipv6, _)| *ipv6).map(|(_, line)| line.as_str()).collect();
        let gateway = match cni {
            Cni::CalicoBgp => "default via fe80::ecee:eeff:feee:eeee dev eth0",
            _ => "default via fd00:10:244:2::1 dev eth0",
        };
        assert_eq!(routes[0], gateway);
        let length = if cni == Cni::CalicoBgp { 128 } else { 64 };
        let own = inside.links[1].addresses.iter().find(|(net, _)| net.addr().is_ipv6());
        assert_eq!(own.map(|(net, _)| net.prefix_len()), Some(length));
    }
}
