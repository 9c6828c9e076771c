//! `npguard_connlist.json` and `npguard_exposure.json`: a folder of manifests, and who may connect to whom.
//!
//! Each line of the expectation is a source, a destination and connections. Both sides are brought to the same
//! representatives: every external address where a block begins, every port where a rule begins or ends.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use apiserver::Snapshot;
use dataplane::policy::{Facts, Peer, PolicyIndex, allows};
use manifest::{Kind, Object, ObjectRef};
use packet::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};
use trace::PolicyDirection::{Egress, Ingress};

use crate::judge::{CaseResult, guarded, read_json};

/// The peer that stands for an ingress controller: a Pod of which nothing is known.
const CONTROLLER: &str = "{ingress-controller}";

#[derive(Deserialize)]
struct Case {
    dir: String,
    files: BTreeMap<String, String>,
    expected: Option<Vec<(String, String, String)>>,
}

/// Judges either file.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json(path)?;
    Ok(cases
        .iter()
        .filter_map(|case| {
            let expected = case.expected.as_ref()?;
            Some(guarded(case.dir.clone(), || differences(&case.files, expected)))
        })
        .collect())
}

fn differences(
    files: &BTreeMap<String, String>,
    expected: &[(String, String, String)],
) -> Option<String> {
    let world = World::read(files);
    let ports = world.ports(expected);
    let addresses = world.addresses(expected);
    let mut wanted: BTreeMap<(String, String), BTreeSet<(Protocol, u16)>> = BTreeMap::new();
    for (from, to, connections) in expected {
        for from in covered(from, &addresses) {
            for to in covered(to, &addresses) {
                let set = wanted.entry((from.clone(), to)).or_default();
                set.extend(connection_set(connections, &ports));
            }
        }
    }
    let mut actual: BTreeMap<(String, String), BTreeSet<(Protocol, u16)>> = BTreeMap::new();
    for (from, to, connection) in world.connections(&addresses, &ports) {
        actual.entry((from, to)).or_default().insert(connection);
    }
    let mut wrong = Vec::new();
    let pairs: BTreeSet<_> = wanted.keys().chain(actual.keys()).cloned().collect();
    for pair in pairs {
        let none = BTreeSet::new();
        let (one, other) = (wanted.get(&pair).unwrap_or(&none), actual.get(&pair).unwrap_or(&none));
        if one != other {
            let only = |a: &BTreeSet<(Protocol, u16)>, b: &BTreeSet<(Protocol, u16)>| {
                let list: Vec<String> =
                    a.difference(b).take(6).map(|(p, n)| format!("{p} {n}")).collect();
                list.join(", ")
            };
            wrong.push(format!(
                "{} → {}: missing [{}], too much [{}]",
                pair.0,
                pair.1,
                only(one, other),
                only(other, one)
            ));
        }
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// One workload: the name by which it is listed, and a Pod of it.
struct Workload {
    name: String,
    pod: ObjectRef,
}

struct World {
    snapshot: Snapshot,
    index: PolicyIndex,
    workloads: Vec<Workload>,
    policies: Vec<Value>,
    services: Vec<Value>,
    /// Services that an Ingress or Route names, with the Service's port.
    exposed: Vec<(String, String, Value)>,
}

impl World {
    fn read(files: &BTreeMap<String, String>) -> Self {
        let mut documents = Vec::new();
        for text in files.values() {
            for document in serde_yaml::Deserializer::from_str(text) {
                if let Ok(value) = Value::deserialize(document) {
                    flatten(value, &mut documents);
                }
            }
        }
        let kind_of = |value: &Value| value["kind"].as_str().unwrap_or_default().to_owned();
        let mut objects: Vec<Object> = Vec::new();
        let mut workloads: BTreeMap<String, Workload> = BTreeMap::new();
        let mut namespaces: BTreeMap<String, Value> = BTreeMap::new();
        let (mut policies, mut services, mut exposed) = (Vec::new(), Vec::new(), Vec::new());
        for document in documents {
            let namespace = namespace_of(&document);
            match kind_of(&document).as_str() {
                "Namespace" => {
                    let name = text(&document["metadata"]["name"]);
                    namespaces.insert(name, document["metadata"]["labels"].clone());
                    continue;
                }
                "NetworkPolicy" => policies.push(document),
                "Service" => services.push(document),
                "Ingress" => exposed.extend(backends(&document, &namespace)),
                "Route" => {
                    let to = &document["spec"]["to"];
                    let port = document["spec"]["port"]["targetPort"].clone();
                    exposed.push((namespace.clone(), text(&to["name"]), port));
                }
                _ => {
                    if let Some((name, pod)) = pod_of(&document, &namespace) {
                        let reference = pod.reference();
                        if workloads
                            .insert(name.clone(), Workload { name, pod: reference })
                            .is_none()
                        {
                            objects.push(pod);
                        }
                    }
                }
            }
            namespaces.entry(namespace).or_insert(Value::Null);
        }
        for (name, mut labels) in namespaces {
            if labels.is_null() {
                labels = json!({});
            }
            labels["kubernetes.io/metadata.name"] = name.clone().into();
            let value = json!({"metadata": {"name": name, "labels": labels}});
            objects.extend(Object::from_json(Kind::Namespace, value));
        }
        for policy in &policies {
            let mut policy = policy.clone();
            policy["metadata"]["namespace"] = namespace_of(&policy).into();
            objects.extend(Object::from_json(Kind::NetworkPolicy, policy));
        }
        let snapshot: Snapshot = objects.into_iter().collect();
        let index = PolicyIndex::of(&snapshot);
        let workloads = workloads.into_values().collect();
        Self { snapshot, index, workloads, policies, services, exposed }
    }

    /// The ports that stand for all: where a rule, a container or an expected line begins or ends.
    fn ports(&self, expected: &[(String, String, String)]) -> Vec<u16> {
        let mut edges: BTreeSet<u32> = BTreeSet::from([1, 65535]);
        let mut add =
            |number: u32| edges.extend([number.saturating_sub(1).max(1), number, number + 1]);
        let mut numbers = Vec::new();
        for policy in &self.policies {
            collect_numbers(&policy["spec"], &mut numbers);
        }
        for workload in &self.workloads {
            numbers
                .extend(self.facts(workload).named_ports.iter().map(|port| u32::from(port.port)));
        }
        for (_, _, connections) in expected {
            let digits = |c: char| !c.is_ascii_digit();
            numbers.extend(connections.split(digits).filter_map(|word| word.parse::<u32>().ok()));
        }
        numbers.into_iter().for_each(&mut add);
        edges.into_iter().filter_map(|edge| u16::try_from(edge).ok()).collect()
    }

    /// The first address of every range that some block or expected line tells apart.
    fn addresses(&self, expected: &[(String, String, String)]) -> Vec<Ipv4Addr> {
        let mut starts: BTreeSet<u32> = BTreeSet::from([0]);
        let mut texts = Vec::new();
        for policy in &self.policies {
            collect_blocks(&policy["spec"], &mut texts);
        }
        for block in texts.iter().filter_map(|text| text.parse::<ipnet::Ipv4Net>().ok()) {
            starts.insert(block.network().into());
            starts.extend(u32::from(block.broadcast()).checked_add(1));
        }
        for (from, to, _) in expected {
            for (first, last) in [from, to].into_iter().filter_map(|side| range_of(side)) {
                starts.insert(first);
                starts.extend(last.checked_add(1));
            }
        }
        starts.into_iter().map(Ipv4Addr::from).collect()
    }

    fn facts(&self, workload: &Workload) -> Facts<'_> {
        let facts = Facts::of(&self.snapshot, &workload.pod).expect("the Pod was stored");
        // An address block means addresses outside here.
        Facts { addresses: Vec::new(), ..facts }
    }

    fn connections(
        &self,
        addresses: &[Ipv4Addr],
        ports: &[u16],
    ) -> Vec<(String, String, (Protocol, u16))> {
        let mut found = Vec::new();
        let facts: Vec<Facts<'_>> = self.workloads.iter().map(|w| self.facts(w)).collect();
        let mut all = |from: &str, to: &str, open: &dyn Fn(Protocol, u16) -> bool| {
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
                for port in ports.iter().filter(|port| open(protocol, **port)) {
                    found.push((from.to_owned(), to.to_owned(), (protocol, *port)));
                }
            }
        };
        for (one, source) in self.workloads.iter().zip(&facts) {
            for (other, target) in self.workloads.iter().zip(&facts) {
                if one.name == other.name {
                    continue;
                }
                all(&one.name, &other.name, &|protocol, port| {
                    let to = Peer::Pod(target.clone());
                    let from = Peer::Pod(source.clone());
                    allows(&self.index, Egress, source, &to, protocol, port)
                        && allows(&self.index, Ingress, target, &from, protocol, port)
                });
            }
            for address in addresses {
                let peer = Peer::Address(IpAddr::V4(*address));
                let outside = address.to_string();
                all(&one.name, &outside, &|protocol, port| {
                    allows(&self.index, Egress, source, &peer, protocol, port)
                });
                all(&outside, &one.name, &|protocol, port| {
                    allows(&self.index, Ingress, source, &peer, protocol, port)
                });
            }
        }
        found.extend(self.through_controllers(&facts));
        found
    }

    /// What an ingress controller reaches: the Pods behind the Services that it was told of.
    fn through_controllers(&self, facts: &[Facts<'_>]) -> Vec<(String, String, (Protocol, u16))> {
        let mut found = Vec::new();
        let stranger = Facts {
            pod: ObjectRef::new(Kind::Pod, CONTROLLER, CONTROLLER),
            labels: None,
            namespace_labels: None,
            named_ports: Vec::new(),
            addresses: Vec::new(),
        };
        for (namespace, name, wanted) in &self.exposed {
            let service = self.services.iter().find(|service| {
                namespace_of(service) == *namespace && text(&service["metadata"]["name"]) == *name
            });
            let Some(service) = service else { continue };
            let selector = service["spec"]["selector"].as_object().cloned().unwrap_or_default();
            let ports = service["spec"]["ports"].as_array().cloned().unwrap_or_default();
            for (workload, facts) in self.workloads.iter().zip(facts) {
                let selected = workload.pod.namespace == *namespace
                    && !selector.is_empty()
                    && selector.iter().all(|(key, value)| {
                        facts.labels.and_then(|labels| labels.get(key)).map(String::as_str)
                            == value.as_str()
                    });
                if !selected {
                    continue;
                }
                for port in &ports {
                    let is_wanted = wanted.is_null()
                        || port["port"] == *wanted
                        || port["name"] == *wanted
                        || port["targetPort"] == *wanted;
                    let target = if port["targetPort"].is_null() {
                        &port["port"]
                    } else {
                        &port["targetPort"]
                    };
                    let number =
                        target.as_u64().and_then(|n| u16::try_from(n).ok()).or_else(|| {
                            let named = facts.named_ports.iter();
                            named.clone().find(|p| Some(p.name) == target.as_str()).map(|p| p.port)
                        });
                    let Some(number) = number.filter(|_| is_wanted) else { continue };
                    let peer = Peer::Pod(stranger.clone());
                    if allows(&self.index, Ingress, facts, &peer, Protocol::Tcp, number) {
                        let connection = (Protocol::Tcp, number);
                        found.push((CONTROLLER.to_owned(), workload.name.clone(), connection));
                    }
                }
            }
        }
        found
    }
}

fn flatten(value: Value, into: &mut Vec<Value>) {
    match value["items"].as_array() {
        Some(items) if value["kind"].as_str().is_none_or(|kind| kind.ends_with("List")) => {
            let list =
                value["kind"].as_str().unwrap_or_default().trim_end_matches("List").to_owned();
            for item in items {
                let mut item = item.clone();
                if item["kind"].is_null() {
                    let kind = if list.is_empty() { "Namespace" } else { &list };
                    item["kind"] = kind.into();
                }
                flatten(item, into);
            }
        }
        _ => into.push(value),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn namespace_of(value: &Value) -> String {
    let namespace = text(&value["metadata"]["namespace"]);
    if namespace.is_empty() { "default".to_owned() } else { namespace }
}

/// The name by which a workload is listed, and a Pod of it.
fn pod_of(document: &Value, namespace: &str) -> Option<(String, Object)> {
    let kind = document["kind"].as_str()?;
    let name = text(&document["metadata"]["name"]);
    let (template, shown) = match kind {
        "Pod" => {
            // A static Pod is owned by its Node and stands for itself.
            let owners = document["metadata"]["ownerReferences"].as_array();
            let owner = owners.into_iter().flatten().find(|owner| owner["kind"] != "Node");
            let shown = match owner {
                Some(owner) => {
                    format!(
                        "{namespace}/{}[{}]",
                        text(&owner["name"]),
                        owner["kind"].as_str().unwrap_or("Pod")
                    )
                }
                None => format!("{namespace}/{name}[Pod]"),
            };
            (document.clone(), shown)
        }
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicationController"
        | "Job" => (document["spec"]["template"].clone(), format!("{namespace}/{name}[{kind}]")),
        "CronJob" => {
            let template = document["spec"]["jobTemplate"]["spec"]["template"].clone();
            (template, format!("{namespace}/{name}[{kind}]"))
        }
        _ => return None,
    };
    let containers = template["spec"]["containers"].as_array().cloned().unwrap_or_default();
    let ports: Vec<Value> =
        containers.iter().filter_map(|c| c["ports"].as_array().cloned()).flatten().collect();
    let pod = json!({
        "metadata": {"namespace": namespace, "name": shown.replace('/', "."), "labels": template["metadata"]["labels"]},
        "spec": {"containers": [{"name": "all", "ports": ports}]},
    });
    Some((shown, Object::from_json(Kind::Pod, pod).ok()?))
}

fn backends(ingress: &Value, namespace: &str) -> Vec<(String, String, Value)> {
    let spec = &ingress["spec"];
    let rules = spec["rules"].as_array().cloned().unwrap_or_default();
    let paths = rules
        .iter()
        .flat_map(|rule| rule["http"]["paths"].as_array().cloned().unwrap_or_default())
        .map(|path| path["backend"].clone());
    paths
        .chain([spec["defaultBackend"].clone()])
        .filter(|backend| !backend["service"].is_null())
        .map(|backend| {
            let service = &backend["service"];
            let number = &service["port"]["number"];
            let port = if number.is_null() { &service["port"]["name"] } else { number };
            (namespace.to_owned(), text(&service["name"]), port.clone())
        })
        .collect()
}

fn collect_numbers(value: &Value, into: &mut Vec<u32>) {
    match value {
        Value::Number(number) => into.extend(number.as_u64().and_then(|n| u32::try_from(n).ok())),
        Value::Array(list) => list.iter().for_each(|item| collect_numbers(item, into)),
        Value::Object(fields) => fields.values().for_each(|item| collect_numbers(item, into)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn collect_blocks(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains('/') => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|item| collect_blocks(item, into)),
        Value::Object(fields) => fields.values().for_each(|item| collect_blocks(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `0.0.0.0-9.255.255.255[External]`, as numbers.
fn range_of(side: &str) -> Option<(u32, u32)> {
    let (first, last) = side.strip_suffix("[External]")?.split_once('-')?;
    let number = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    Some((number(first)?, number(last)?))
}

/// The representatives of one side of an expected line.
fn covered(side: &str, addresses: &[Ipv4Addr]) -> Vec<String> {
    match range_of(side) {
        Some((first, last)) => addresses
            .iter()
            .filter(|address| (first..=last).contains(&u32::from(**address)))
            .map(Ipv4Addr::to_string)
            .collect(),
        None => vec![side.to_owned()],
    }
}

/// `TCP 8080,9090-9095,UDP 53`, or all of them.
fn connection_set(text: &str, ports: &[u16]) -> BTreeSet<(Protocol, u16)> {
    let mut set = BTreeSet::new();
    if text == "All Connections" {
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            set.extend(ports.iter().map(|port| (protocol, *port)));
        }
        return set;
    }
    let mut protocol = Protocol::Tcp;
    for part in text.split(',').map(str::trim) {
        let range = match part.split_once(' ') {
            Some((name, range)) => {
                protocol = Protocol::from_kubernetes(Some(name)).unwrap_or(protocol);
                range
            }
            None => part,
        };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| text.trim().parse::<u16>().unwrap_or_default();
        let (first, last) = (number(first), number(last));
        let inside = ports.iter().filter(|port| (first..=last).contains(*port));
        set.extend(inside.map(|port| (protocol, *port)));
    }
    set
}
