//! The article's cluster, packet by packet: two nodes, Flannel VXLAN, kube-proxy with iptables.

use std::net::IpAddr;

use packet::{TcpFlags, Time};
use trace::{Place, RejectReason, Verdict, explain};

use crate::fixture::*;

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
