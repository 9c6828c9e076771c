//! `netpol_e2e.jsonl`, `netpol.jsonl` and `cyclonus_compact.jsonl`: a cluster's state and who may reach whom.

use std::collections::BTreeMap;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::policy::{Facts, Peer, PolicyIndex, allows};
use manifest::{Kind, Object, ObjectRef};
use packet::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};
use trace::PolicyDirection::{Egress, Ingress};

use crate::judge::{CaseResult, guarded, read_json_lines};

/// A matrix: source, then destinations or a row of letters.
type Rows = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Matrix {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    case: Option<u32>,
    #[serde(default)]
    step: Option<u32>,
    description: String,
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    pods: Vec<KeyedPod>,
    policies: Option<Vec<Value>>,
    order: Vec<String>,
    expected: BTreeMap<String, Rows>,
    #[serde(default)]
    blocked_by: BTreeMap<String, Rows>,
    #[serde(default)]
    external_in: BTreeMap<String, Rows>,
    #[serde(default)]
    external_out: BTreeMap<String, Rows>,
}

#[derive(Deserialize)]
struct KeyedPod {
    key: String,
    labels: Option<Value>,
    ip: String,
    ports: Option<Value>,
}

#[derive(Deserialize)]
struct EndToEnd {
    test: String,
    namespaces: Vec<Value>,
    pods: Vec<Value>,
    policies: Option<Vec<Value>>,
    probe: Probe,
    expected: BTreeMap<String, BTreeMap<String, bool>>,
}

#[derive(Deserialize)]
struct Probe {
    port: u16,
    protocol: String,
}

/// Judges files of port matrices; the diagonal is skipped.
pub fn matrices(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Matrix> = read_json_lines(path)?;
    Ok(cases
        .iter()
        .map(|case| {
            let number = case.id.clone().or(case.case.map(|case| case.to_string()));
            let step = case.step.unwrap_or(1);
            let name = format!("{} step {step}: {}", number.unwrap_or_default(), case.description);
            guarded(name, || differences(case))
        })
        .collect())
}

/// Judges the tables of the end-to-end tests; a Pod and itself are skipped.
pub fn end_to_end(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<EndToEnd> = read_json_lines(path)?;
    Ok(cases
        .iter()
        .map(|case| {
            guarded(case.test.clone(), || {
                let namespaces = case.namespaces.iter().map(|namespace| {
                    let labels = &namespace["labels"];
                    (namespace["name"].as_str().unwrap_or_default().to_owned(), labels.clone())
                });
                let pods = case.pods.iter().map(|pod| {
                    let text = |field: &str| pod[field].as_str().unwrap_or_default().to_owned();
                    let parts = (text("namespace"), text("name"), text("ip"));
                    object_of_pod(parts, pod["labels"].clone(), pod["ports"].clone())
                });
                let policies = case.policies.iter().flatten().cloned();
                let cluster = Cluster::new(namespaces, pods, policies);
                let protocol = protocol(&case.probe.protocol);
                let mut wrong = Vec::new();
                for (from, row) in &case.expected {
                    for (to, expected) in row.iter().filter(|(to, _)| *to != from) {
                        let actual = cluster.between(from, to, protocol, case.probe.port).is_open();
                        if actual != *expected {
                            wrong.push(format!("{from} → {to}: {expected}, podhop says {actual}"));
                        }
                    }
                }
                (!wrong.is_empty()).then(|| wrong.join("\n"))
            })
        })
        .collect())
}

/// A cluster's Pods and policies.
struct Cluster {
    snapshot: Snapshot,
    index: PolicyIndex,
}

/// Which side objects.
#[derive(Clone, Copy)]
struct Sides {
    egress: bool,
    ingress: bool,
}

impl Sides {
    fn is_open(self) -> bool {
        self.egress && self.ingress
    }

    fn letter(self) -> char {
        match (self.egress, self.ingress) {
            (true, true) => '.',
            (false, true) => 'E',
            (true, false) => 'I',
            (false, false) => 'B',
        }
    }
}

impl Cluster {
    fn new(
        namespaces: impl Iterator<Item = (String, Value)>,
        pods: impl Iterator<Item = Object>,
        policies: impl Iterator<Item = Value>,
    ) -> Self {
        let namespaces = namespaces.map(|(name, labels)| {
            let text = json!({"metadata": {"name": name, "labels": labels}});
            Object::from_json(Kind::Namespace, text).expect("a namespace has a name and labels")
        });
        let policies = policies.map(|policy| {
            Object::from_json(Kind::NetworkPolicy, policy).expect("the policy was accepted")
        });
        let snapshot: Snapshot = namespaces.chain(pods).chain(policies).collect();
        Self { index: PolicyIndex::of(&snapshot), snapshot }
    }

    fn facts(&self, key: &str) -> Facts<'_> {
        let (namespace, name) = key.split_once('/').expect("a Pod's key is namespace/name");
        let pod = ObjectRef::new(Kind::Pod, namespace, name);
        Facts::of(&self.snapshot, &pod).expect("the Pod is in the case")
    }

    fn between(&self, from: &str, to: &str, protocol: Protocol, port: u16) -> Sides {
        let (from, to) = (self.facts(from), self.facts(to));
        let (source, target) = (Peer::Pod(from.clone()), Peer::Pod(to.clone()));
        Sides {
            egress: allows(&self.index, Egress, &from, &target, protocol, port),
            ingress: allows(&self.index, Ingress, &to, &source, protocol, port),
        }
    }
}

fn differences(case: &Matrix) -> Option<String> {
    let namespaces = case.namespaces.iter().map(|(name, labels)| (name.clone(), json!(labels)));
    let pods = case.pods.iter().map(|pod| {
        let (namespace, name) = pod.key.split_once('/').expect("a Pod's key is namespace/name");
        let parts = (namespace.to_owned(), name.to_owned(), pod.ip.clone());
        let ports = pod.ports.clone().unwrap_or_else(cyclonus_ports);
        object_of_pod(parts, pod.labels.clone().unwrap_or(Value::Null), ports)
    });
    let cluster = Cluster::new(namespaces, pods, case.policies.iter().flatten().cloned());
    let mut wrong = Vec::new();
    let mut compare = |what: String, expected: &str, actual: String| {
        if expected != actual {
            wrong.push(format!("{what}: {expected}, podhop says {actual}"));
        }
    };
    let mut each = |matrices: &BTreeMap<String, Rows>, word: &str, letter: fn(Sides) -> char| {
        for (server, rows) in matrices {
            let (protocol, port) = server_of(server);
            for (from, expected) in rows {
                let actual = case
                    .order
                    .iter()
                    .zip(expected.chars())
                    .map(|(to, expected)| {
                        if from == to {
                            expected
                        } else {
                            letter(cluster.between(from, to, protocol, port))
                        }
                    })
                    .collect();
                compare(format!("{word}{server} from {from}"), expected, actual);
            }
        }
    };
    each(&case.expected, "", |sides| if sides.is_open() { '.' } else { 'X' });
    each(&case.blocked_by, "blocked by ", Sides::letter);
    for (direction, matrices) in [(Ingress, &case.external_in), (Egress, &case.external_out)] {
        for (server, rows) in matrices {
            let (protocol, port) = server_of(server);
            for (address, expected) in rows {
                let peer = Peer::Address(address.parse().expect("an address"));
                let row = case.order.iter().map(|key| {
                    let facts = cluster.facts(key);
                    let open = allows(&cluster.index, direction, &facts, &peer, protocol, port);
                    if open { '.' } else { 'X' }
                });
                compare(format!("{server} {direction:?} {address}"), expected, row.collect());
            }
        }
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

fn object_of_pod(
    (namespace, name, address): (String, String, String),
    labels: Value,
    ports: Value,
) -> Object {
    let pod = json!({
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"nodeName": "node", "containers": [{"name": "server", "ports": ports}]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
    });
    Object::from_json(Kind::Pod, pod).expect("a Pod has a name, labels, ports and an address")
}

/// Every Pod of cyclonus serves 80 and 81 under names of the form `serve-80-tcp`.
fn cyclonus_ports() -> Value {
    let ports = [80, 81].into_iter().flat_map(|port| {
        ["TCP", "UDP", "SCTP"].map(|protocol| {
            let name = format!("serve-{port}-{}", protocol.to_lowercase());
            json!({"name": name, "containerPort": port, "protocol": protocol})
        })
    });
    Value::Array(ports.collect())
}

fn server_of(text: &str) -> (Protocol, u16) {
    let (name, port) = text.split_once('/').expect("a server is PROTOCOL/port");
    (protocol(name), port.parse().expect("a port is a number"))
}

fn protocol(name: &str) -> Protocol {
    Protocol::from_kubernetes(Some(name)).expect("TCP, UDP or SCTP")
}
