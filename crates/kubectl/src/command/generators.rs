//! The objects that `create`, `run` and `expose` make from flags, as JSON.
//!
//! Models `k8s.io/kubectl/pkg/cmd/create` and `pkg/generate`.

use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::report::Failure;

/// A Deployment of one container for each `--image`.
pub(super) fn deployment(name: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let images: Vec<&str> = arguments.values("image").collect();
    if images.is_empty() {
        return Err(Failure::local("required flag(s) \"image\" not set"));
    }
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let mut container =
                json!({ "image": image, "name": base_name(image), "resources": {} });
            if let Some(command) = arguments.rest.as_ref().filter(|rest| !rest.is_empty()) {
                container["command"] = json!(command);
            }
            if let Ok(Some(port)) = arguments.number("port") {
                container["ports"] = json!([{ "containerPort": port }]);
            }
            container
        })
        .collect();
    let labels = json!({ "app": name });
    Ok(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "labels": labels, "name": name },
        "spec": {
            "replicas": arguments.number("replicas")?.unwrap_or(1),
            "selector": { "matchLabels": labels },
            "strategy": {},
            "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
        },
        "status": {},
    }))
}

/// A Pod of one container.
pub(super) fn pod(name: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let Some(image) = arguments.value("image") else {
        return Err(Failure::local("required flag(s) \"image\" not set"));
    };
    let mut container = json!({ "image": image, "name": name, "resources": {} });
    if let Some(rest) = arguments.rest.as_ref().filter(|rest| !rest.is_empty()) {
        container[if arguments.is_set("command") { "command" } else { "args" }] = json!(rest);
    }
    if let Some(port) = arguments.number("port")? {
        container["ports"] = json!([{ "containerPort": port }]);
    }
    let variables: Vec<Value> = arguments
        .all("env")
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    if !variables.is_empty() {
        container["env"] = json!(variables);
    }
    if let Some(policy) = arguments.value("image-pull-policy") {
        container["imagePullPolicy"] = json!(policy);
    }
    if arguments.is_set("stdin") {
        container["stdin"] = json!(true);
        container["stdinOnce"] = json!(true);
    }
    if arguments.is_set("tty") {
        container["tty"] = json!(true);
    }
    let labels = match arguments.value("labels") {
        Some(given) => pairs(given)?,
        None => Map::from_iter([("run".to_owned(), json!(name))]),
    };
    let mut metadata = json!({ "labels": labels, "name": name });
    let annotations: Map<String, Value> = arguments
        .all("annotations")
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "containers": [container],
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": arguments.value("restart").unwrap_or("Always"),
        },
        "status": {},
    }))
}

/// A Service of `kubectl create service TYPE`.
pub(super) fn service(kind: &str, name: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let type_ = match kind {
        "clusterip" => "ClusterIP",
        "nodeport" => "NodePort",
        "loadbalancer" => "LoadBalancer",
        "externalname" => "ExternalName",
        other => {
            return Err(Failure::local(format!(
                "unknown command {other:?} for \"kubectl create service\""
            )));
        }
    };
    let mut ports = Vec::new();
    for given in arguments.values("tcp") {
        let (port, target) = given.split_once(':').unwrap_or((given, given));
        let number: u16 = port.parse().map_err(|_| {
            Failure::local(format!("strconv.Atoi: parsing {port:?}: invalid syntax"))
        })?;
        let target = target.parse::<u16>().map_or_else(|_| json!(target), |number| json!(number));
        let mut entry = json!({
            "name": given.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target,
        });
        if let (Some(node_port), "NodePort") = (arguments.number("node-port")?, type_) {
            entry["nodePort"] = json!(node_port);
        }
        ports.push(entry);
    }
    let headless = arguments.value("clusterip");
    if ports.is_empty() && type_ != "ExternalName" && headless != Some("None") {
        return Err(Failure::local("at least one tcp port specifier must be provided"));
    }
    let labels = json!({ "app": name });
    let mut spec = json!({ "selector": labels, "type": type_ });
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    if let Some(address) = headless {
        spec["clusterIP"] = json!(address);
    }
    if let Some(external) = arguments.value("external-name") {
        spec["externalName"] = json!(external);
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "labels": labels, "name": name },
        "spec": spec,
        "status": { "loadBalancer": {} },
    }))
}

/// An Ingress of `--rule=host/path=service:port[,tls[=secret]]`.
pub(super) fn ingress(name: &str, arguments: &Arguments) -> Result<Value, Failure> {
    let mut rules: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<(String, Vec<String>)> = Vec::new();
    for rule in arguments.all("rule") {
        let wrong = || {
            Failure::local(format!(
                "rule {rule} is invalid and should be in format \
                 host/path=svcname:svcport[,tls[=secret]]"
            ))
        };
        let mut parts = rule.split(',');
        let (address, target) =
            parts.next().and_then(|part| part.split_once('=')).ok_or_else(wrong)?;
        let (host, path) = address.split_once('/').ok_or_else(wrong)?;
        let backend = backend(target).ok_or_else(wrong)?;
        let (path, path_type) = match path.strip_suffix('*') {
            Some(prefix) => (format!("/{prefix}"), "Prefix"),
            None => (format!("/{path}"), "Exact"),
        };
        let entry = json!({ "backend": backend, "path": path, "pathType": path_type });
        match rules.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(entry),
            None => rules.push((host.to_owned(), vec![entry])),
        }
        for part in parts {
            let secret = match part.split_once('=') {
                Some(("tls", secret)) => secret.to_owned(),
                None if part == "tls" => String::new(),
                _ => return Err(wrong()),
            };
            match tls.iter_mut().find(|(known, _)| *known == secret) {
                Some((_, hosts)) => hosts.push(host.to_owned()),
                None => tls.push((secret, vec![host.to_owned()])),
            }
        }
    }
    let default = arguments.value("default-backend");
    if rules.is_empty() && default.is_none() {
        return Err(Failure::local(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut spec = Map::new();
    if let Some(class) = arguments.value("class") {
        spec.insert("ingressClassName".into(), json!(class));
    }
    if let Some(default) = default {
        let backend = backend(default).ok_or_else(|| {
            Failure::local("default-backend should be in format servicename:serviceport")
        })?;
        spec.insert("defaultBackend".into(), backend);
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({ "http": { "paths": paths } });
            if !host.is_empty() {
                rule["host"] = json!(host);
            }
            rule
        })
        .collect();
    if !rules.is_empty() {
        spec.insert("rules".into(), json!(rules));
    }
    let tls: Vec<Value> = tls
        .into_iter()
        .map(|(secret, hosts)| {
            let mut entry = json!({ "hosts": hosts });
            if !secret.is_empty() {
                entry["secretName"] = json!(secret);
            }
            entry
        })
        .collect();
    if !tls.is_empty() {
        spec.insert("tls".into(), json!(tls));
    }
    Ok(json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": { "name": name },
        "spec": spec,
        "status": { "loadBalancer": {} },
    }))
}

/// `app=web,tier=front` as an object.
pub(super) fn pairs(text: &str) -> Result<Map<String, Value>, Failure> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::local(format!("unexpected label spec: {pair}")))?;
            Ok((key.to_owned(), json!(value)))
        })
        .collect()
}

fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':')?;
    let port = match port.parse::<u16>() {
        Ok(number) => json!({ "number": number }),
        Err(_) => json!({ "name": port }),
    };
    (!name.is_empty()).then(|| json!({ "service": { "name": name, "port": port } }))
}

/// `nginx` of `docker.io/library/nginx:1.25`.
fn base_name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(['@', ':']).next().unwrap_or(last)
}
