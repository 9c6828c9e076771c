//! `controller_scenarios.json`: shell lines in a fresh namespace, and the state some seconds after
//! each. Compared as multisets without random names.
//!
//! The recording's kubelet was a stand-in: it wrote no events, pulled no image whose name contains
//! `doesnotexist`, never got one ready that contains `notready`, and ran everything else for ever.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, Scenario};
use controllers::images::{Behaviour, Images, PULL_TIME, Process, Pull, STOP_TIME, not_found};
use k8s_openapi::api::core::v1::{Container, Event};
use kubectl::Shell;
use manifest::{Kind, Object};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::judge::{CaseResult, guarded, read_json};
use crate::normalise::{self, difference};

/// How long the recording waited after each line.
const SETTLING: Duration = Duration::from_secs(5);
const NAMESPACE: &str = "scenario";
const NODES: &str = include_str!("controller_scenarios.yaml");

#[derive(Deserialize)]
struct Recorded {
    title: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    cmd: String,
    stdin: Option<String>,
    rc: i32,
    out: Option<String>,
    state: Map<String, Value>,
}

/// Judges every scenario, each in a cluster of its own.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let scenarios: Vec<Recorded> = read_json(path)?;
    let scenario = Scenario::parse(NODES).expect("the recording's nodes are a scenario");
    let mut cluster = Cluster::new(scenario);
    cluster.set_images(Arc::new(StandIn));
    let mut shell = Shell::new(cluster);
    shell.run(&format!("kubectl create namespace {NAMESPACE}"), None);
    shell.namespace = NAMESPACE.to_owned();
    Ok(scenarios.iter().map(|case| guarded(&case.title, || judge(shell.clone(), case))).collect())
}

fn judge(mut shell: Shell, case: &Recorded) -> Option<String> {
    for step in &case.steps {
        let output = shell.run(&step.cmd, step.stdin.as_deref()).output;
        shell.cluster.advance(SETTLING);
        let fixed = format!("{} {}", step.cmd, step.stdin.as_deref().unwrap_or_default());
        // The recording names each scenario's namespace `sc` and a number.
        let text = |text: &str| normalise::text(text, &fixed).replace(NAMESPACE, "sc");
        let printed = format!("{}{}", output.stdout, output.stderr);
        let wanted = json!({
            "rc": step.rc,
            "out": lines(&without_numbers(&text(step.out.as_deref().unwrap_or_default()))),
            "state": comparable(&step.state),
        });
        let found = json!({
            "rc": output.code,
            "out": lines(&text(&printed)),
            "state": comparable(&state(&shell.cluster, step.state.keys())),
        });
        if wanted != found {
            let pretty = |value: &Value| {
                serde_json::to_string_pretty(value).expect("states have string keys") + "\n"
            };
            let text = difference(&pretty(&wanted), &pretty(&found)).unwrap_or_default();
            return Some(format!("after `{}`\n{text}", step.cmd));
        }
    }
    None
}

/// `sc24` → `sc`.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("sc") {
        kept.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        if !kept.trim_end_matches("sc").ends_with(|c: char| c.is_alphanumeric()) {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    kept + rest
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines
}

/// The namespace's objects in the shape of the recording.
fn state<'a>(cluster: &Cluster, parts: impl Iterator<Item = &'a String>) -> Map<String, Value> {
    let snapshot = cluster.snapshot();
    let of = |kind: Kind| -> Vec<Value> {
        snapshot.objects_in(kind, NAMESPACE).map(|object| object.to_json()).collect()
    };
    let mut state = Map::new();
    for part in parts {
        let list: Vec<Value> = match part.as_str() {
            "deployments" => of(Kind::Deployment).iter().map(deployment).collect(),
            "replicasets" => of(Kind::ReplicaSet).iter().map(replica_set).collect(),
            "pods" => of(Kind::Pod).iter().map(pod).collect(),
            "services" => of(Kind::Service)
                .iter()
                .map(|object| json!({"name": object["metadata"]["name"], "spec": object["spec"]}))
                .collect(),
            "endpointslices" => of(Kind::EndpointSlice).iter().map(endpoint_slice).collect(),
            "endpoints" => of(Kind::Endpoints)
                .iter()
                .map(|object| json!({"name": object["metadata"]["name"], "subsets": object["subsets"]}))
                .collect(),
            "events" => snapshot
                .objects_in(Kind::Event, NAMESPACE)
                .filter_map(|object| match &**object {
                    Object::Event(event) => event_row(event),
                    _ => None,
                })
                .collect(),
            _ => continue,
        };
        state.insert(part.clone(), list.into());
    }
    state
}

fn conditions(object: &Value) -> Value {
    let list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let row = |c: &Value| json!([c["type"], c["status"], c["reason"], c["message"]]);
    list.iter().map(row).collect()
}

fn status_without_conditions(object: &Value) -> Value {
    let mut status = object["status"].clone();
    if let Value::Object(fields) = &mut status {
        fields.remove("conditions");
    }
    status
}

fn deployment(object: &Value) -> Value {
    let mut annotations = object["metadata"]["annotations"].clone();
    if let Value::Object(fields) = &mut annotations {
        fields.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    json!({
        "name": object["metadata"]["name"],
        "annotations": annotations,
        "spec.replicas": object["spec"]["replicas"],
        "status": status_without_conditions(object),
        "conditions": conditions(object),
    })
}

fn replica_set(object: &Value) -> Value {
    json!({
        "name": object["metadata"]["name"],
        "spec.replicas": object["spec"]["replicas"],
        "status": status_without_conditions(object),
        "image": object["spec"]["template"]["spec"]["containers"][0]["image"],
        "revision": object["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
    })
}

fn pod(object: &Value) -> Value {
    let owners = object["metadata"]["ownerReferences"].as_array().cloned().unwrap_or_default();
    let ready = object["status"]["conditions"].as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
    });
    json!({
        "name": object["metadata"]["name"],
        "labels": object["metadata"]["labels"],
        "owner": owners.iter().map(|owner| json!([owner["kind"], owner["name"]])).collect::<Vec<_>>(),
        "phase": object["status"]["phase"],
        "ready": ready,
        "ip": object["status"]["podIP"],
        "node": object["spec"]["nodeName"],
        "image": object["spec"]["containers"][0]["image"],
    })
}

fn endpoint_slice(object: &Value) -> Value {
    let endpoints = object["endpoints"].as_array().cloned().unwrap_or_default();
    let endpoint = |endpoint: &Value| {
        json!({
            "addresses": endpoint["addresses"],
            "conditions": endpoint["conditions"],
            "hostname": endpoint["hostname"],
            "nodeName": endpoint["nodeName"],
            "target": endpoint["targetRef"]["name"],
        })
    };
    json!({
        "service": object["metadata"]["labels"]["kubernetes.io/service-name"],
        "labels": object["metadata"]["labels"],
        "addressType": object["addressType"],
        "ports": object["ports"],
        "endpoints": endpoints.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

/// The stand-in kubelet wrote no events, so ours do not count.
fn event_row(event: &Event) -> Option<Value> {
    let component = event.source.as_ref().and_then(|source| source.component.as_deref());
    (component != Some("kubelet")).then(|| {
        json!([
            event.involved_object.kind,
            event.involved_object.name,
            event.type_,
            event.reason,
            event.message,
            event.count
        ])
    })
}

/// What two clusters must agree in: no random names, no addresses that a cluster chose, no order.
fn comparable(state: &Map<String, Value>) -> Value {
    let mut parts = Map::new();
    for (part, list) in state {
        let items = list.as_array().cloned().unwrap_or_default();
        let mut items: Vec<Value> = match part.as_str() {
            "events" => items.iter().map(|row| json!([row[0], row[2], row[3], row[5]])).collect(),
            _ => items.iter().map(|item| blind(part, item)).collect(),
        };
        items.sort_by_key(Value::to_string);
        parts.insert(part.clone(), items.into());
    }
    parts.into()
}

fn blind(part: &str, item: &Value) -> Value {
    let mut item = item.clone();
    let Value::Object(fields) = &mut item else { return item };
    match part {
        "deployments" => {
            if let Some(Value::Array(conditions)) = fields.get_mut("conditions") {
                for condition in conditions.iter_mut() {
                    let words = condition[3].as_str().unwrap_or_default().split('"');
                    let words: Vec<&str> = words
                        .enumerate()
                        .map(|(i, word)| if i % 2 == 1 { "<name>" } else { word })
                        .collect();
                    condition[3] = words.join("\"").into();
                }
                conditions.sort_by_key(Value::to_string);
            }
        }
        "replicasets" => {
            fields.remove("name");
        }
        "pods" => {
            // A real kubelet gives a Pod its address before it pulls, the stand-in only once it runs.
            fields.remove("name");
            fields.remove("ip");
            let placed = fields.get("node").is_some_and(Value::is_string);
            fields.insert("node".into(), placed.into());
            if let Some(Value::Object(labels)) = fields.get_mut("labels") {
                for (key, value) in labels {
                    if key.contains("hash") || key.contains("controller-uid") {
                        *value = "<hash>".into();
                    }
                }
            }
            if let Some(Value::Array(owners)) = fields.get_mut("owner") {
                for owner in owners {
                    owner[1] = Value::Null;
                }
            }
        }
        "services" => {
            let spec = &mut fields["spec"];
            if spec["clusterIP"] != "None" && spec["clusterIP"].is_string() {
                spec["clusterIP"] = "<ip>".into();
                spec["clusterIPs"] = Value::Null;
            }
            for port in spec["ports"].as_array_mut().into_iter().flatten() {
                if port.get("nodePort").is_some() {
                    port["nodePort"] = "<port>".into();
                }
            }
        }
        "endpointslices" => {
            if let Some(Value::Array(endpoints)) = fields.get_mut("endpoints") {
                for endpoint in endpoints.iter_mut() {
                    endpoint["addresses"] =
                        endpoint["addresses"].as_array().map_or(0, Vec::len).into();
                    endpoint["nodeName"] = endpoint["nodeName"].is_string().into();
                    endpoint["target"] = endpoint["target"].is_string().into();
                }
                endpoints.sort_by_key(Value::to_string);
            }
        }
        "endpoints" => {
            let mut subsets = fields["subsets"].as_array().cloned().unwrap_or_default();
            for subset in &mut subsets {
                for list in ["addresses", "notReadyAddresses"] {
                    for address in subset[list].as_array_mut().into_iter().flatten() {
                        *address = address.get("hostname").cloned().unwrap_or(Value::Null);
                    }
                    if let Some(addresses) = subset[list].as_array_mut() {
                        addresses.sort_by_key(Value::to_string);
                    }
                }
                if let Some(ports) = subset["ports"].as_array_mut() {
                    ports.sort_by_key(Value::to_string);
                }
            }
            subsets.sort_by_key(Value::to_string);
            fields.insert("subsets".into(), subsets.into());
        }
        _ => {}
    }
    item
}

/// The recording's containers.
struct StandIn;

impl Images for StandIn {
    fn behaviour(&self, container: &Container) -> Behaviour {
        let image = container.image.as_deref().unwrap_or_default();
        let pull = if image.contains("doesnotexist") {
            Pull::Fails(not_found(image))
        } else {
            Pull::Comes { takes: PULL_TIME, size: 1_000_000 }
        };
        Behaviour {
            pull,
            process: Process::Runs,
            ready: !image.contains("notready"),
            stops_in: STOP_TIME,
        }
    }
}
