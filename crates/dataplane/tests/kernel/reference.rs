//! A deliberately naive reference judges the engine on random clusters.
//!
//! It knows nothing of indices, chains or maps: it reads the objects over and over and answers the two
//! questions a person would ask. Which policies allow this? Which endpoints may this Service use?

use std::collections::BTreeSet;
use std::net::IpAddr;

use apiserver::Snapshot;
use dataplane::ProxyMode;
use dataplane::policy::{Facts, Peer, PolicyIndex, allows, evaluate};
use dataplane::proxy::{Output, ProxyNode, ServiceMap, Tables};
use manifest::{Kind, Object, ObjectRef};
use packet::{FiveTuple, Protocol};
use serde_json::{Value, json};
use trace::PolicyDirection::{self, Egress, Ingress};

use crate::fixture::object;

/// SplitMix64: the same clusters in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

const NAMESPACES: [&str; 3] = ["shop", "pay", "dev"];
const KEYS: [&str; 2] = ["app", "tier"];
const VALUES: [&str; 3] = ["a", "b", "c"];
const PORTS: [u16; 3] = [80, 443, 8080];
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

fn labels(random: &mut Random) -> Value {
    let mut labels = json!({});
    for key in KEYS {
        if random.chance(70) {
            labels[key] = (*random.pick(&VALUES)).into();
        }
    }
    labels
}

fn selector(random: &mut Random) -> Value {
    match random.below(4) {
        0 => json!({}),
        1 => {
            let operator = *random.pick(&["In", "NotIn", "Exists", "DoesNotExist"]);
            let mut expression = json!({"key": random.pick(&KEYS), "operator": operator});
            if operator.ends_with("In") {
                expression["values"] = json!([random.pick(&VALUES), random.pick(&VALUES)]);
            }
            json!({"matchExpressions": [expression]})
        }
        _ => json!({"matchLabels": {*random.pick(&KEYS): random.pick(&VALUES)}}),
    }
}

fn peer(random: &mut Random) -> Value {
    match random.below(5) {
        0 => json!({"podSelector": selector(random)}),
        1 => json!({"namespaceSelector": selector(random)}),
        2 => json!({"podSelector": selector(random), "namespaceSelector": selector(random)}),
        3 => json!({"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"]}}),
        _ => json!({"ipBlock": {"cidr": "203.0.113.0/24"}}),
    }
}

fn port(random: &mut Random) -> Value {
    let mut port = json!({});
    if random.chance(70) {
        port["protocol"] = (*random.pick(&PROTOCOLS)).into();
    }
    match random.below(4) {
        0 => {}
        1 => port["port"] = "web".into(),
        2 => {
            port["port"] = 80.into();
            port["endPort"] = 500.into();
        }
        _ => port["port"] = (*random.pick(&PORTS)).into(),
    }
    port
}

fn policy(random: &mut Random, number: usize) -> Object {
    let namespace = *random.pick(&NAMESPACES);
    let mut spec = json!({"podSelector": selector(random)});
    if random.chance(60) {
        let all = [json!(["Ingress"]), json!(["Egress"]), json!(["Ingress", "Egress"])];
        spec["policyTypes"] = random.pick(&all).clone();
    }
    for (direction, side) in [("ingress", "from"), ("egress", "to")] {
        if random.chance(70) {
            let rules: Vec<Value> = (0..random.below(3))
                .map(|_| {
                    let mut rule = json!({});
                    if random.chance(80) {
                        let count = random.below(3);
                        rule[side] = (0..count).map(|_| peer(random)).collect();
                    }
                    if random.chance(60) {
                        let count = random.below(3);
                        rule["ports"] = (0..count).map(|_| port(random)).collect();
                    }
                    rule
                })
                .collect();
            spec[direction] = rules.into();
        }
    }
    let metadata = json!({"name": format!("policy-{number}"), "namespace": namespace});
    object(Kind::NetworkPolicy, json!({"metadata": metadata, "spec": spec}))
}

fn policy_cluster(random: &mut Random) -> Vec<Object> {
    let mut objects: Vec<Object> = NAMESPACES
        .iter()
        .map(|name| {
            let mut labels = labels(random);
            labels["kubernetes.io/metadata.name"] = (*name).into();
            object(Kind::Namespace, json!({"metadata": {"name": name, "labels": labels}}))
        })
        .collect();
    for number in 0..6 {
        let address = format!("10.244.{}.{}", random.below(3), number + 2);
        let port = json!({"name": "web", "containerPort": random.pick(&PORTS),
                          "protocol": random.pick(&PROTOCOLS)});
        objects.push(object(
            Kind::Pod,
            json!({"metadata": {"name": format!("pod-{number}"), "namespace": random.pick(&NAMESPACES),
                                "labels": labels(random)},
                   "spec": {"containers": [{"name": "c", "ports": [port]}]},
                   "status": {"podIP": address, "podIPs": [{"ip": address}]}}),
        ));
    }
    objects.extend((0..random.below(4)).map(|number| policy(random, number)));
    objects
}

/// Whether the objects say that a connection may be made; only JSON and loops.
fn naive_policy(
    objects: &[Value],
    direction: PolicyDirection,
    subject: &Value,
    peer: Option<&Value>,
    peer_address: &str,
    protocol: &str,
    port: u64,
) -> bool {
    let (field, side) = match direction {
        Ingress => ("ingress", "from"),
        Egress => ("egress", "to"),
    };
    let mut isolated = false;
    let mut allowed = false;
    for policy in objects.iter().filter(|object| object["kind"] == "NetworkPolicy") {
        let spec = &policy["spec"];
        let rules = spec[field].as_array().cloned().unwrap_or_default();
        let applies = match spec["policyTypes"].as_array() {
            Some(types) => types.iter().any(|kind| {
                kind.as_str() == Some(if direction == Ingress { "Ingress" } else { "Egress" })
            }),
            None => direction == Ingress || !rules.is_empty(),
        };
        if !applies
            || policy["metadata"]["namespace"] != subject["metadata"]["namespace"]
            || !naive_selects(&spec["podSelector"], &subject["metadata"]["labels"])
        {
            continue;
        }
        isolated = true;
        for rule in rules {
            let peers = rule[side].as_array().cloned().unwrap_or_default();
            let peer_fits = peers.is_empty()
                || peers.iter().any(|entry| {
                    if !entry["ipBlock"].is_null() {
                        let inside = |block: &Value| {
                            let block: ipnet::IpNet = block.as_str().unwrap().parse().unwrap();
                            block.contains(&peer_address.parse::<IpAddr>().unwrap())
                        };
                        let except = entry["ipBlock"]["except"].as_array().cloned();
                        return inside(&entry["ipBlock"]["cidr"])
                            && !except.unwrap_or_default().iter().any(inside);
                    }
                    let Some(peer) = peer else { return false };
                    let namespace = objects.iter().find(|object| {
                        object["kind"] == "Namespace"
                            && object["metadata"]["name"] == peer["metadata"]["namespace"]
                    });
                    let namespace_fits = if entry["namespaceSelector"].is_null() {
                        peer["metadata"]["namespace"] == policy["metadata"]["namespace"]
                    } else {
                        let labels = &namespace.unwrap()["metadata"]["labels"];
                        naive_selects(&entry["namespaceSelector"], labels)
                    };
                    namespace_fits
                        && (entry["podSelector"].is_null()
                            || naive_selects(&entry["podSelector"], &peer["metadata"]["labels"]))
                });
            let ports = rule["ports"].as_array().cloned().unwrap_or_default();
            let receiver = if direction == Ingress { Some(subject) } else { peer };
            let port_fits = ports.is_empty()
                || ports.iter().any(|entry| {
                    if entry["protocol"].as_str().unwrap_or("TCP") != protocol {
                        return false;
                    }
                    if let Some(name) = entry["port"].as_str() {
                        let Some(receiver) = receiver else { return false };
                        let ports = receiver["spec"]["containers"][0]["ports"].as_array().unwrap();
                        return ports.iter().any(|has| {
                            has["name"] == name
                                && has["containerPort"] == port
                                && has["protocol"] == protocol
                        });
                    }
                    match (entry["port"].as_u64(), entry["endPort"].as_u64()) {
                        (None, _) => true,
                        (Some(first), None) => first == port,
                        (Some(first), Some(last)) => (first..=last).contains(&port),
                    }
                });
            allowed |= peer_fits && port_fits;
        }
    }
    allowed || !isolated
}

fn naive_selects(selector: &Value, labels: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().cloned().unwrap_or_default();
    let expressions = selector["matchExpressions"].as_array().cloned().unwrap_or_default();
    equal.iter().all(|(key, value)| labels[key] == *value)
        && expressions.iter().all(|expression| {
            let value = &labels[expression["key"].as_str().unwrap()];
            let listed = expression["values"].as_array().is_some_and(|list| list.contains(value));
            match expression["operator"].as_str().unwrap() {
                "In" => !value.is_null() && listed,
                "NotIn" => value.is_null() || !listed,
                "Exists" => !value.is_null(),
                _ => value.is_null(),
            }
        })
}

#[test]
fn policies_are_what_a_naive_reader_makes_of_them() {
    for seed in 0..600 {
        let mut random = Random(seed);
        let objects = policy_cluster(&mut random);
        let texts: Vec<Value> = objects.iter().map(Object::to_json).collect();
        let snapshot: Snapshot = objects.into_iter().collect();
        let index = PolicyIndex::of(&snapshot);
        let pods: Vec<&Value> = texts.iter().filter(|text| text["kind"] == "Pod").collect();
        let reference = |pod: &Value| {
            let text = |field: &str| pod["metadata"][field].as_str().unwrap().to_owned();
            ObjectRef::new(Kind::Pod, text("namespace"), text("name"))
        };
        for subject in &pods {
            let facts = Facts::of(&snapshot, &reference(subject)).unwrap();
            let outside = ["203.0.113.9", "192.168.1.11"];
            let inside = pods.iter().map(|pod| Some(*pod));
            for peer in inside.chain([None, None]).enumerate() {
                let address = match peer.1 {
                    Some(pod) => pod["status"]["podIP"].as_str().unwrap().to_owned(),
                    None => outside[peer.0 % 2].to_owned(),
                };
                let asked = match peer.1 {
                    Some(pod) => Peer::Pod(Facts::of(&snapshot, &reference(pod)).unwrap()),
                    None => Peer::Address(address.parse().unwrap()),
                };
                for direction in [Ingress, Egress] {
                    let protocol = *random.pick(&PROTOCOLS);
                    let port = *random.pick(&[80, 81, 443, 500, 501, 8080]);
                    let wire = Protocol::from_kubernetes(Some(protocol)).unwrap();
                    let expected = naive_policy(
                        &texts,
                        direction,
                        subject,
                        peer.1,
                        &address,
                        protocol,
                        u64::from(port),
                    );
                    let decision = evaluate(&index, direction, &facts, &asked, wire, port);
                    assert_eq!(decision.allowed, expected, "seed {seed}: {decision:?}");
                    let quick = allows(&index, direction, &facts, &asked, wire, port);
                    assert_eq!(quick, expected, "seed {seed}");
                    assert_eq!(
                        decision.allowed_by.is_none() && !decision.isolating.is_empty(),
                        !expected
                    );
                    assert!(expected || !decision.failed.is_empty(), "a denial names a clause");
                }
            }
        }
    }
}

fn service_cluster(random: &mut Random) -> (Vec<Object>, Value, Vec<Value>) {
    let mut spec = json!({
        "clusterIP": "10.96.0.50", "clusterIPs": ["10.96.0.50"], "type": "NodePort",
        "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}],
    });
    for field in ["externalTrafficPolicy", "internalTrafficPolicy"] {
        if random.chance(50) {
            spec[field] = (*random.pick(&["Local", "Cluster"])).into();
        }
    }
    let endpoints: Vec<Value> = (0..random.below(5))
        .map(|number| {
            let terminating = random.chance(30);
            let serving = random.chance(80);
            json!({
                "addresses": [format!("10.244.1.{}", number + 2)],
                "nodeName": random.pick(&["here", "there"]),
                "conditions": {"ready": serving && !terminating, "serving": serving, "terminating": terminating},
            })
        })
        .collect();
    let service = json!({"metadata": {"name": "svc", "namespace": "default"}, "spec": spec});
    let slice = json!({
        "metadata": {"name": "svc-1", "namespace": "default",
                     "labels": {"kubernetes.io/service-name": "svc"}},
        "addressType": "IPv4", "ports": [{"port": 8080, "protocol": "TCP"}], "endpoints": endpoints,
    });
    let objects = vec![object(Kind::Service, service), object(Kind::EndpointSlice, slice)];
    (objects, spec, endpoints)
}

/// Which endpoints a packet may go to: nothing, in silence or out loud, if there are none.
fn naive_service(endpoints: &[Value], local: bool) -> (BTreeSet<IpAddr>, bool) {
    let usable = |only_here: bool, fallback: bool| -> BTreeSet<IpAddr> {
        endpoints
            .iter()
            .filter(|endpoint| !only_here || endpoint["nodeName"] == "here")
            .filter(|endpoint| {
                let is = |name: &str| endpoint["conditions"][name] == true;
                if fallback { is("serving") && is("terminating") } else { is("ready") }
            })
            .map(|endpoint| endpoint["addresses"][0].as_str().unwrap().parse().unwrap())
            .collect()
    };
    let first = |only_here: bool| {
        let ready = usable(only_here, false);
        if ready.is_empty() { usable(only_here, true) } else { ready }
    };
    (first(local), first(false).is_empty())
}

#[test]
fn services_are_what_a_naive_reader_makes_of_them() {
    for seed in 0..1500 {
        let mut random = Random(seed);
        let (objects, spec, endpoints) = service_cluster(&mut random);
        let snapshot: Snapshot = objects.into_iter().collect();
        let mut services = ServiceMap::default();
        services.update(&snapshot, &Snapshot::default());
        let node = ProxyNode {
            name: "here".into(),
            zone: None,
            addresses: vec![[192, 168, 1, 11].into()],
            pod_networks: vec!["10.244.0.0/16".parse().unwrap()],
            service_networks: vec!["10.96.0.0/12".parse().unwrap()],
            masquerade_all: false,
            localhost_node_ports: true,
            node_port_networks: vec![],
            random_fully: true,
        };
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
            let tables = Tables::compile(mode, services.ports(false), &node, false);
            for (field, address, port, source) in [
                ("internalTrafficPolicy", [10, 96, 0, 50], 80, [10, 244, 2, 5]),
                ("externalTrafficPolicy", [192, 168, 1, 11], 30080, [203, 0, 113, 9]),
            ] {
                let tuple = FiveTuple {
                    protocol: Protocol::Tcp,
                    source: source.into(),
                    source_port: 40000,
                    destination: address.into(),
                    destination_port: port,
                };
                let (expected, nowhere) = naive_service(&endpoints, spec[field] == "Local");
                let flows = tables.flows(&node, tuple);
                let actual: BTreeSet<IpAddr> = flows
                    .iter()
                    .filter_map(|flow| match flow.output {
                        Output::Endpoint(address, _) => Some(address),
                        Output::Nothing | Output::Accept | Output::Drop | Output::Reject => None,
                    })
                    .collect();
                assert_eq!(actual, expected, "seed {seed} {mode:?} {field}");
                if expected.is_empty() {
                    let ends: Vec<Output> = flows.iter().map(|flow| flow.output).collect();
                    let end = if nowhere { Output::Reject } else { Output::Drop };
                    assert_eq!(ends, [end], "seed {seed} {mode:?} {field}");
                }
            }
        }
    }
}
