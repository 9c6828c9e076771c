//! The cost of one packet must not grow with the cluster.
//!
//! Time is not measured here (`cargo xtask bench` does); what is shown is that a large cluster's rules
//! are not built for one packet.

use dataplane::NetworkConfig;
use manifest::{Kind, Object};
use packet::Time;
use serde_json::json;
use trace::{Evidence, Verdict};

use crate::fixture::*;

fn many_services(count: usize) -> Vec<Object> {
    (0..count)
        .flat_map(|number| {
            let name = format!("svc-{number}");
            let address = format!("10.97.{}.{}", number / 250, number % 250 + 1);
            let endpoint = format!("10.244.1.{}", number % 200 + 20);
            [
                object(
                    Kind::Service,
                    json!({"metadata": {"name": name, "namespace": "many"},
                           "spec": {"clusterIP": address, "ports": [{"port": 80, "protocol": "TCP"}]}}),
                ),
                object(
                    Kind::EndpointSlice,
                    json!({"metadata": {"name": format!("{name}-1"), "namespace": "many",
                                        "labels": {"kubernetes.io/service-name": name}},
                           "addressType": "IPv4", "ports": [{"port": 8080, "protocol": "TCP"}],
                           "endpoints": [{"addresses": [endpoint], "conditions": {"ready": true}}]}),
                ),
            ]
        })
        .collect()
}

#[test]
fn one_packet_builds_the_rules_of_its_own_service_only() {
    let mut network = cluster_with(NetworkConfig::default(), &WEB, many_services(2000));
    let packet = segment(("10.244.2.5", 48580), ("10.96.15.20", 80), syn());
    let trace = network.transmit(&pod_place("frontend"), packet, Time::START, vec![], &Port8080);
    assert_eq!(trace.verdict(), Verdict::Delivered);
    let longest =
        trace.steps().flat_map(|(_, step)| &step.evidence).filter_map(|evidence| match evidence {
            Evidence::Rule { line, .. } => Some(line.lines.len()),
            _ => None,
        });
    assert!(longest.max().expect("rules matched") < 50);
    assert!(network.rules("node-1").lines().count() > 10_000);
}
