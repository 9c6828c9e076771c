//! kube-proxy's modes: the same Service, the same answers, different rules.

use std::net::IpAddr;

use dataplane::{Network, NetworkConfig, ProxyMode};
use packet::{TcpFlags, Time};
use trace::{Choice, DropReason, Evidence, RejectReason, Stage, Trace, Verdict, explain};

use crate::fixture::*;

const MODES: [ProxyMode; 3] = [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs];

fn network(proxy: ProxyMode, endpoints: &[(&str, &str)]) -> Network {
    cluster_with(NetworkConfig { proxy, ..NetworkConfig::default() }, endpoints, vec![])
}

fn send(network: &mut Network, from: &str, packet: packet::Packet) -> Trace {
    let trace = network.transmit(&pod_place(from), packet, Time::START, vec![], &Port8080);
    println!("{}", explain::render_trace(&trace));
    trace
}

fn chosen(trace: &Trace) -> (IpAddr, Choice) {
    let evidence = trace.steps().flat_map(|(_, step)| &step.evidence);
    let mut endpoints = evidence.filter_map(|evidence| match evidence {
        Evidence::Endpoint { address, choice, .. } => Some((*address, *choice)),
        _ => None,
    });
    endpoints.next().expect("an endpoint was chosen")
}

#[test]
fn every_mode_translates_there_and_back() {
    for mode in MODES {
        let mut network = network(mode, &WEB);
        let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
        let there = send(&mut network, "frontend", packet);
        assert_eq!(there.verdict(), Verdict::Delivered, "{mode:?}");
        let flags = TcpFlags { syn: true, ack: true, ..Default::default() };
        let (place, packet) = answer(&there, flags);
        let back = network.transmit(&place, packet, there.ended(), vec![], &Port8080);
        let seen = back.last_frame().packet().expect("an IP packet").five_tuple();
        assert_eq!(
            (seen.source, seen.source_port),
            (IpAddr::from([10, 96, 15, 20]), 80),
            "{mode:?}"
        );
        assert!(!network.rules("node-2").is_empty(), "{mode:?}");
    }
}

#[test]
fn every_mode_refuses_a_service_without_endpoints() {
    for mode in MODES {
        let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
        let trace = send(&mut network(mode, &[]), "frontend", packet);
        assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::NoEndpoints), "{mode:?}");
    }
}

#[test]
fn only_ipvs_takes_turns() {
    let mut network = network(ProxyMode::Ipvs, &WEB);
    let mut seen = Vec::new();
    for port in 48580..48583 {
        let packet = segment(("10.244.2.5", port), ("10.96.15.20", 80), syn());
        let (address, choice) = chosen(&send(&mut network, "frontend", packet));
        assert_eq!(choice, Choice::RoundRobin);
        seen.push(address.to_string());
    }
    assert_eq!(seen, ["10.244.1.10", "10.244.1.11", "10.244.1.12"]);
}

#[test]
fn a_ping_to_a_cluster_ip_depends_on_the_mode() {
    let verdicts = MODES.map(|mode| {
        send(&mut network(mode, &WEB), "frontend", ping("10.244.2.5", "10.96.15.20")).verdict()
    });
    assert_eq!(
        verdicts,
        [
            Verdict::Dropped(DropReason::NoRoute),
            Verdict::Rejected(RejectReason::PortClosed),
            Verdict::Delivered,
        ]
    );
}

#[test]
fn a_stopped_kube_proxy_leaves_its_rules() {
    let mut network = network(ProxyMode::Iptables, &WEB);
    network.set_proxy_running("node-2", false, Time::START);
    let before = network.rules("node-2");
    let objects = service(&[]);
    let empty = cluster(&[]);
    drop(empty);
    let mut more: Vec<manifest::Object> = vec![
        node("node-1", "192.168.1.10", "10.244.1.0/24"),
        node("node-2", "192.168.1.11", "10.244.2.0/24"),
        pod("frontend", "node-2", "10.244.2.5"),
    ];
    more.extend(objects);
    network.sync(&more.into_iter().collect(), Time::from_seconds(1));
    assert_eq!(network.rules("node-2"), before);
    assert_ne!(network.rules("node-1"), before);
    let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
    let trace = send(&mut network, "frontend", packet);
    assert_eq!(trace.verdict(), Verdict::Rejected(RejectReason::HostUnreachable));
}

#[test]
fn a_stale_datagram_entry_bites_until_kube_proxy_forgets_it() {
    let dns = |endpoint: &str| {
        vec![
            object(
                manifest::Kind::Service,
                serde_json::json!({"metadata": {"name": "dns", "namespace": "default"},
                    "spec": {"clusterIP": "10.96.0.10", "ports": [{"port": 53, "protocol": "UDP"}]}}),
            ),
            object(
                manifest::Kind::EndpointSlice,
                serde_json::json!({"metadata": {"name": "dns-1", "namespace": "default",
                        "labels": {"kubernetes.io/service-name": "dns"}},
                    "addressType": "IPv4", "ports": [{"port": 53, "protocol": "UDP"}],
                    "endpoints": [{"addresses": [endpoint], "conditions": {"ready": true}}]}),
            ),
        ]
    };
    for running in [true, false] {
        let mut network = cluster_with(NetworkConfig::default(), &WEB, dns("10.244.1.10"));
        network.set_proxy_running("node-2", running, Time::START);
        let query = || datagram(("10.244.2.5", 40000), ("10.96.0.10", 53), 30);
        let first = send(&mut network, "frontend", query());
        assert_eq!(first.verdict(), Verdict::Delivered);
        let mut objects: Vec<manifest::Object> = vec![
            node("node-1", "192.168.1.10", "10.244.1.0/24"),
            node("node-2", "192.168.1.11", "10.244.2.0/24"),
            pod("frontend", "node-2", "10.244.2.5"),
            pod("web-1", "node-1", "10.244.1.11"),
        ];
        objects.extend(dns("10.244.1.11"));
        network.sync(&objects.into_iter().collect(), Time::from_seconds(1));
        let second = send(&mut network, "frontend", query());
        let expected = if running {
            Verdict::Delivered
        } else {
            Verdict::Rejected(RejectReason::HostUnreachable)
        };
        assert_eq!(second.verdict(), expected, "kube-proxy running: {running}");
    }
}

#[test]
fn a_step_is_written_for_every_stage() {
    let mut network = network(ProxyMode::Iptables, &WEB);
    let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
    let trace = send(&mut network, "frontend", packet);
    let stages: Vec<Stage> = trace.hops()[1].steps().iter().map(|step| step.stage).collect();
    use Stage::{
        Bridge, Conntrack, DestinationNat, Device, Filter, Neighbour, Routing, SourceNat, Tunnel,
    };
    assert_eq!(
        stages,
        [
            Device,
            Bridge,
            Conntrack,
            DestinationNat,
            Routing,
            Filter,
            SourceNat,
            Neighbour,
            Tunnel,
            Neighbour,
            Device
        ]
    );
}
