//! `ipt.jsonl` and `nft.jsonl`: what kube-proxy writes on one node, and what becomes of flows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::ProxyMode;
use dataplane::proxy::{Flow, Output, ProxyNode, ServiceMap, Tables};
use ipnet::IpNet;
use manifest::{Kind, Object};
use packet::{FiveTuple, Protocol, socket};
use serde::Deserialize;
use serde_json::Value;

use crate::judge::{CaseResult, guarded, read_json_lines};
use crate::normalise;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    test: String,
    node_name: String,
    #[serde(rename = "nodeIPs")]
    node_ips: Vec<IpAddr>,
    node_port_addresses: String,
    ip_family: String,
    masquerade_all: bool,
    local_detector_implemented: bool,
    #[serde(default)]
    localhost_node_ports: bool,
    services: Option<Vec<Value>>,
    endpoint_slices: Option<Vec<Value>>,
    flows: Option<Vec<Question>>,
    rules: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    name: String,
    #[serde(rename = "sourceIP")]
    source: IpAddr,
    #[serde(rename = "destIP")]
    destination: IpAddr,
    dest_port: u16,
    protocol: String,
    output: String,
    masq: bool,
    #[serde(default)]
    branches: Option<BTreeMap<String, bool>>,
}

/// Judges kube-proxy's `iptables` mode.
pub fn iptables(path: &Path) -> Result<Vec<CaseResult>, String> {
    judge(path, ProxyMode::Iptables)
}

/// Judges kube-proxy's `nftables` mode.
pub fn nftables(path: &Path) -> Result<Vec<CaseResult>, String> {
    judge(path, ProxyMode::Nftables)
}

fn judge(path: &Path, mode: ProxyMode) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json_lines(path)?;
    Ok(cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            guarded(format!("{} {}", number + 1, case.test), || differences(case, mode))
        })
        .collect())
}

fn differences(case: &Case, mode: ProxyMode) -> Option<String> {
    let read = |kind: Kind, values: &Option<Vec<Value>>| -> Vec<Object> {
        let values = values.iter().flatten().cloned();
        values.map(|value| Object::deserialize(kind, value).expect("a recorded object")).collect()
    };
    let mut objects = read(Kind::Service, &case.services);
    objects.extend(read(Kind::EndpointSlice, &case.endpoint_slices));
    let snapshot: Snapshot = objects.into_iter().collect();
    let mut services = ServiceMap::default();
    services.update(&snapshot, &Snapshot::default());

    let ipv6 = case.ip_family == "IPv6";
    let node = node(case, mode);
    let tables = Tables::compile(mode, services.ports(ipv6), &node, ipv6);
    let mut wrong: Vec<String> = Vec::new();
    for question in case.flows.iter().flatten() {
        wrong.extend(flow_difference(question, &tables, &node));
    }
    if let Some(expected) = &case.rules {
        let (expected, actual) = (by_chain(expected, mode), by_chain(&tables.written(), mode));
        wrong.extend(normalise::difference(&expected, &actual));
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

fn node(case: &Case, mode: ProxyMode) -> ProxyNode {
    let block = |text: &str| -> IpNet { text.parse().expect("a literal network") };
    let detector = [block("10.0.0.0/8"), block("fd00:10::/64")];
    let services = [block("172.30.0.0/16"), block("fd00:10:96::/112")];
    let networks = case.node_port_addresses.trim_matches(['[', ']']);
    ProxyNode {
        name: case.node_name.clone(),
        zone: None,
        addresses: case.node_ips.clone(),
        pod_networks: if case.local_detector_implemented { detector.to_vec() } else { vec![] },
        service_networks: if mode == ProxyMode::Nftables { services.to_vec() } else { vec![] },
        masquerade_all: case.masquerade_all,
        localhost_node_ports: case.localhost_node_ports,
        node_port_networks: networks.split_whitespace().map(block).collect(),
        random_fully: false,
    }
}

fn flow_difference(question: &Question, tables: &Tables, node: &ProxyNode) -> Option<String> {
    let tuple = FiveTuple {
        protocol: Protocol::from_kubernetes(Some(&question.protocol)).expect("TCP, UDP or SCTP"),
        source: question.source,
        source_port: 54321,
        destination: question.destination,
        destination_port: question.dest_port,
    };
    let actual: BTreeSet<String> = tables.flows(node, tuple).iter().map(text).collect();
    let outputs = question.output.split(',').map(str::trim);
    let expected: BTreeSet<String> = outputs
        .map(|output| {
            let masquerade = match &question.branches {
                Some(branches) => branches.get(output).copied().unwrap_or(question.masq),
                None => question.masq,
            };
            worded(output, masquerade)
        })
        .collect();
    (actual != expected)
        .then(|| format!("flow {:?}: expected {expected:?}, podhop says {actual:?}", question.name))
}

fn text(flow: &Flow) -> String {
    let output = match flow.output {
        Output::Nothing => String::new(),
        Output::Accept => "ACCEPT".to_owned(),
        Output::Endpoint(address, port) => socket(address, port),
        Output::Drop => "DROP".to_owned(),
        Output::Reject => "REJECT".to_owned(),
    };
    worded(&output, flow.masquerade)
}

fn worded(output: &str, masquerade: bool) -> String {
    format!("{output}{}", if masquerade { " masqueraded" } else { "" })
}

/// The dump sorted by table and chain, each in order but those whose order is free.
fn by_chain(dump: &str, mode: ProxyMode) -> String {
    let mut table = String::new();
    let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in dump.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            name.clone_into(&mut table);
        }
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("-A"), Some(chain)) => {
                chains.entry(format!("{table} {chain}")).or_default().push(line.to_owned());
            }
            (Some("add"), Some("rule")) => {
                let chain = words.nth(2).unwrap_or_default();
                chains.entry(format!("rule {chain}")).or_default().push(line.to_owned());
            }
            (Some("add"), Some(kind @ ("set" | "map" | "element"))) => {
                chains.entry(kind.to_owned()).or_default().push(line.to_owned());
            }
            _ => {}
        }
    }
    for (name, lines) in &mut chains {
        let free = match mode {
            ProxyMode::Iptables => {
                let shared = name.ends_with("SERVICES")
                    || name.ends_with("KUBE-NODEPORTS")
                    || name.ends_with("KUBE-PROXY-FIREWALL");
                shared.then(|| lines.len() - usize::from(name == "nat KUBE-SERVICES"))
            }
            ProxyMode::Nftables | ProxyMode::Ipvs | ProxyMode::None => {
                (!name.starts_with("rule")).then_some(lines.len())
            }
        };
        if let Some(free) = free {
            lines[..free].sort();
        }
    }
    chains.into_values().flatten().map(|line| line + "\n").collect()
}
