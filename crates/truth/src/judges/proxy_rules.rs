//! `ipt.jsonl` and `nft.jsonl`: what kube-proxy writes on one node, and what becomes of flows; and the
//! two dumps of `live_boutique_objects.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::ProxyMode;
use dataplane::proxy::{Flow, Output, ProxyNode, ServiceMap, Tables};
use ipnet::IpNet;
use manifest::{Kind, Object, ObjectRef};
use packet::{FiveTuple, Protocol, socket};
use serde::Deserialize;
use serde_json::Value;

use crate::judge::{CaseResult, guarded, read_json, read_json_lines};
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

/// Judges the `iptables` dump of a real shop.
pub fn boutique_iptables(path: &Path) -> Result<Vec<CaseResult>, String> {
    boutique(path, ProxyMode::Iptables)
}

/// Judges the `nftables` dump of a real shop.
pub fn boutique_nftables(path: &Path) -> Result<Vec<CaseResult>, String> {
    boutique(path, ProxyMode::Nftables)
}

/// One case: the dump beside the objects. It does not name its node, which may be any that has endpoints.
fn boutique(path: &Path, mode: ProxyMode) -> Result<Vec<CaseResult>, String> {
    let expected = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let list: Value = read_json(&path.with_file_name("live_boutique_objects.json"))?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<Value> {
        items.iter().filter(|item| item["kind"] == kind).cloned().collect()
    };
    let slices = of_kind("EndpointSlice");
    let names: BTreeSet<String> = slices
        .iter()
        .flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default())
        .filter_map(|endpoint| endpoint["nodeName"].as_str().map(str::to_owned))
        .collect();
    let attempts: Vec<Option<String>> = names
        .into_iter()
        .map(|node_name| {
            let address = |octets: [u8; 4]| IpAddr::from(octets);
            let case = Case {
                test: "live boutique".to_owned(),
                node_name,
                node_ips: vec![address([192, 168, 0, 2])],
                node_port_addresses: match mode {
                    ProxyMode::Nftables => "[192.168.0.2/32]".to_owned(),
                    _ => "[0.0.0.0/0]".to_owned(),
                },
                ip_family: "IPv4".to_owned(),
                masquerade_all: false,
                local_detector_implemented: true,
                localhost_node_ports: true,
                services: Some(of_kind("Service")),
                endpoint_slices: Some(slices.clone()),
                flows: None,
                rules: Some(expected.clone()),
            };
            differences(&mut Proxy::default(), &case, mode)
        })
        .collect();
    let least = attempts.into_iter().min_by_key(|wrong| wrong.as_ref().map_or(0, String::len));
    Ok(vec![CaseResult::from_difference("rules", least.flatten())])
}

fn judge(path: &Path, mode: ProxyMode) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json_lines(path)?;
    let mut results = Vec::new();
    let mut proxy = Proxy::default();
    for (number, case) in cases.iter().enumerate() {
        // Cases of one test are states that one kube-proxy went through.
        if number > 0 && cases[number - 1].test != case.test {
            proxy = Proxy::default();
        }
        let name = format!("{} {}", number + 1, case.test);
        let running = std::panic::AssertUnwindSafe(&mut proxy);
        results.push(guarded(name, || differences({ running }.0, case, mode)));
    }
    Ok(results)
}

/// A kube-proxy that runs from case to case of one test.
#[derive(Default)]
struct Proxy {
    snapshot: Snapshot,
    services: ServiceMap,
    written: String,
}

fn differences(proxy: &mut Proxy, case: &Case, mode: ProxyMode) -> Option<String> {
    let read = |kind: Kind, values: &Option<Vec<Value>>| -> Vec<Object> {
        let values = values.iter().flatten().cloned();
        values.map(|value| Object::from_json(kind, value).expect("a recorded object")).collect()
    };
    let mut objects = read(Kind::Service, &case.services);
    objects.extend(read(Kind::EndpointSlice, &case.endpoint_slices));
    let is_first = proxy.written.is_empty();
    let changed = follow(proxy, objects);

    let ipv6 = case.ip_family == "IPv6";
    let node = node(case, mode);
    let tables = Tables::compile(mode, proxy.services.ports(ipv6), &node, ipv6);
    if is_first {
        proxy.written = tables.written();
    } else if !changed.is_empty() {
        proxy.written = tables.written_after(&|port| {
            changed.contains(&ObjectRef::new(Kind::Service, &*port.namespace, &*port.name))
        });
    }
    let mut wrong: Vec<String> = Vec::new();
    for question in case.flows.iter().flatten() {
        wrong.extend(flow_difference(question, &tables, &node));
    }
    if let Some(expected) = &case.rules {
        // A dump that the kernel printed has its own order of words.
        let is_saved = expected.contains("--set-xmark");
        let actual = if is_saved {
            Tables::list(std::slice::from_ref(&tables), Tables::tools(mode)[0])
        } else {
            proxy.written.clone()
        };
        let (expected, actual) = (by_chain(expected, mode), by_chain(&actual, mode));
        wrong.extend(normalise::difference(&expected, &actual));
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// Takes the next state in; answers the Services of which anything differs.
fn follow(proxy: &mut Proxy, objects: Vec<Object>) -> BTreeSet<ObjectRef> {
    let older = std::mem::take(&mut proxy.snapshot);
    let newer: Snapshot = objects.into_iter().collect();
    let touched = proxy.services.update(&newer, &older);
    let slices_of = |snapshot: &Snapshot, service: &ObjectRef| -> Vec<Value> {
        let slices = snapshot.objects_in(Kind::EndpointSlice, &service.namespace);
        let mut objects: Vec<Value> = slices
            .filter(|slice| {
                slice.label("kubernetes.io/service-name") == Some(service.name.as_str())
            })
            .map(|slice| unversioned(slice))
            .collect();
        objects.extend(snapshot.get(service).map(|object| unversioned(object)));
        objects
    };
    let changed = touched
        .into_iter()
        .filter(|service| slices_of(&older, service) != slices_of(&newer, service))
        .collect();
    proxy.snapshot = newer;
    changed
}

fn unversioned(object: &Object) -> Value {
    let mut object = object.clone();
    object.metadata_mut().resource_version = None;
    object.to_json()
}

fn node(case: &Case, mode: ProxyMode) -> ProxyNode {
    let block = |text: &str| -> IpNet { text.parse().expect("a literal network") };
    // A case does not say the networks' flags; its dump does.
    let rules = case.rules.as_deref().unwrap_or_default();
    let detector = network_after(rules, &["! -s ", " saddr != "])
        .map_or([block("10.0.0.0/8"), block("fd00:10::/64")].to_vec(), |network| vec![network]);
    let services =
        network_after(rules, &["cluster-ips-check ip daddr { ", "cluster-ips-check ip6 daddr { "])
            .map_or([block("172.30.0.0/16"), block("fd00:10:96::/112")].to_vec(), |network| {
                vec![network]
            });
    let networks = case.node_port_addresses.trim_matches(['[', ']']);
    ProxyNode {
        name: case.node_name.clone(),
        zone: None,
        addresses: case.node_ips.clone(),
        pod_networks: if case.local_detector_implemented { detector } else { vec![] },
        service_networks: if mode == ProxyMode::Nftables { services } else { vec![] },
        masquerade_all: case.masquerade_all,
        localhost_node_ports: case.localhost_node_ports,
        node_port_networks: networks.split_whitespace().map(block).collect(),
        random_fully: rules.contains("--random-fully"),
    }
}

/// The first network that stands behind one of these words, but not the loopback's.
fn network_after(rules: &str, words: &[&str]) -> Option<IpNet> {
    words.iter().find_map(|word| {
        let rest = rules.split(word).skip(1);
        let networks = rest.filter_map(|rest| rest.split_whitespace().next()?.parse().ok());
        networks.into_iter().find(|network: &IpNet| !network.addr().is_loopback())
    })
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
            (Some("-A"), Some(chain)) if chain.starts_with("KUBE-") => {
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
            ProxyMode::Nftables
            | ProxyMode::Ipvs
            | ProxyMode::CiliumReplacement
            | ProxyMode::None => (!name.starts_with("rule")).then_some(lines.len()),
        };
        if let Some(free) = free {
            lines[..free].sort();
        }
    }
    chains.into_values().flatten().map(|line| line + "\n").collect()
}
