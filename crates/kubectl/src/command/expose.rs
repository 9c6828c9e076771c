//! `kubectl expose`: a Service from what another object says.
//!
//! Models `k8s.io/kubectl/pkg/cmd/expose`.

use manifest::{Kind, Object};
use serde_json::{Value, json};

use super::{Line, create, generators};
use crate::arguments::{Flag, optional, value};
use crate::output::Format;
use crate::report::{Failure, Output};
use crate::resource_arguments::{Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("port"),
    value("target-port"),
    value("name"),
    value("type"),
    value("protocol"),
    value("selector"),
    value("labels").short('l'),
    value("cluster-ip"),
    value("external-ip"),
    value("session-affinity"),
    value("output").short('o'),
    value("filename").short('f'),
    optional("dry-run", "unchanged"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "expose", words, FLAGS)?;
    Format::parse(line.arguments.value("output"))?;
    let targets = Targets::parse(&line.arguments.positional)?;
    let Some((kind, Some(name))) = targets.items.first() else {
        return Err(Failure::local(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        ));
    };
    let object = find(&shell.cluster.snapshot(), *kind, &line.namespace, name)?;
    let json = object.to_json();
    let selector = match line.arguments.value("selector") {
        Some(given) => Value::Object(generators::pairs(given)?),
        None => selector(&object, &json)?,
    };
    let ports = ports(&line, &json)?;
    let labels = match line.arguments.value("labels") {
        Some(given) => Value::Object(generators::pairs(given)?),
        None => json["metadata"]["labels"].clone(),
    };
    let service_name = line.arguments.value("name").unwrap_or(name);
    let mut metadata = json!({ "name": service_name });
    if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
        metadata["labels"] = labels;
    }
    let mut spec = json!({ "ports": ports, "selector": selector });
    for (flag, field) in
        [("type", "type"), ("cluster-ip", "clusterIP"), ("session-affinity", "sessionAffinity")]
    {
        if let Some(value) = line.arguments.value(flag) {
            spec[field] = json!(value);
        }
    }
    if let Some(address) = line.arguments.value("external-ip") {
        spec["externalIPs"] = json!([address]);
    }
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec,
        "status": { "loadBalancer": {} },
    });
    create::create(shell, &line, service, "exposed", None)
}

fn selector(object: &Object, json: &Value) -> Result<Value, Failure> {
    let found = match object.kind() {
        Kind::Pod => json.pointer("/metadata/labels"),
        Kind::Service | Kind::ReplicationController => json.pointer("/spec/selector"),
        Kind::Deployment | Kind::ReplicaSet => json.pointer("/spec/selector/matchLabels"),
        other => {
            return Err(Failure::local(format!("cannot expose a {}", other.resource().kind)));
        }
    };
    match found.filter(|labels| labels.as_object().is_some_and(|labels| !labels.is_empty())) {
        Some(labels) => Ok(labels.clone()),
        None if object.kind() == Kind::Pod => Err(Failure::local(
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
        )),
        None => {
            Err(Failure::local("couldn't retrieve selectors via --selector flag or introspection"))
        }
    }
}

/// The ports given, or all that the containers declare.
fn ports(line: &Line, json: &Value) -> Result<Vec<Value>, Failure> {
    let protocol = line.arguments.value("protocol").unwrap_or("TCP");
    let mut ports: Vec<(i64, String)> = Vec::new();
    for given in line.arguments.values("port") {
        let port = given.parse().map_err(|_| {
            Failure::local(format!("strconv.Atoi: parsing {given:?}: invalid syntax"))
        })?;
        ports.push((port, protocol.to_owned()));
    }
    if ports.is_empty() {
        let containers = json
            .pointer("/spec/template/spec/containers")
            .or(json.pointer("/spec/containers"))
            .and_then(Value::as_array);
        let declared = containers
            .into_iter()
            .flatten()
            .flat_map(|container| container["ports"].as_array().cloned().unwrap_or_default());
        let own =
            json.pointer("/spec/ports").and_then(Value::as_array).cloned().unwrap_or_default();
        ports.extend(declared.chain(own).filter_map(|port| {
            let number = port["containerPort"].as_i64().or(port["port"].as_i64())?;
            Some((number, port["protocol"].as_str().unwrap_or("TCP").to_owned()))
        }));
    }
    if ports.is_empty() {
        return Err(Failure::local("couldn't find port via --port flag or introspection"));
    }
    let several = ports.len() > 1;
    let target = line.arguments.value("target-port");
    Ok(ports
        .iter()
        .enumerate()
        .map(|(at, (port, protocol))| {
            let target = match target {
                Some(given) => given.parse::<u16>().map_or_else(|_| json!(given), |n| json!(n)),
                None => json!(port),
            };
            let mut entry = json!({ "port": port, "protocol": protocol, "targetPort": target });
            if several {
                entry["name"] = json!(format!("port-{}", at + 1));
            }
            entry
        })
        .collect())
}
