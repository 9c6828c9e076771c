//! `gateway_conformance.json`: requests of Gateway API's conformance suite, with its own manifests.
//!
//! The suite's tests say which Gateways they create, and not always which of them they ask, nor
//! through which protocol; a request counts as answered rightly if one of them answers it rightly.

use std::collections::BTreeMap;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::application::{App, pause};
use dataplane::backend::{Found, find};
use dataplane::directory::Directory;
use dataplane::gateway::{Asked, ListenerOf, Routed, change_response, listeners_of, route};
use manifest::Object;
use manifest::gateway::{Gateway, Listener};
use packet::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::judge::{CaseResult, guarded, read_json};

#[derive(Deserialize)]
struct File {
    manifests: BTreeMap<String, String>,
    probes: Vec<Probe>,
}

#[derive(Deserialize)]
struct Probe {
    test: String,
    line: usize,
    manifests: Vec<String>,
    gateways: Vec<String>,
    case: Value,
}

/// A ListenerSet, which is no kind of the cluster: listeners that a team adds to a shared Gateway.
struct Set {
    namespace: String,
    name: String,
    gateway: String,
    listeners: Vec<Listener>,
}

/// Judges every probe.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let file: File = read_json(path)?;
    let mut clusters: BTreeMap<&[String], (Directory, Vec<Set>)> = BTreeMap::new();
    let mut results = Vec::new();
    for probe in &file.probes {
        let (directory, sets) = clusters.entry(probe.manifests.as_slice()).or_insert_with(|| {
            let texts: Vec<&str> = probe
                .manifests
                .iter()
                .filter_map(|name| file.manifests.get(name).map(String::as_str))
                .collect();
            cluster(&texts.join("\n---\n"))
        });
        let name = format!("{}:{}", probe.test, probe.line);
        results.push(guarded(name, || judge(directory, sets, probe)));
    }
    Ok(results)
}

fn judge(directory: &Directory, sets: &[Set], probe: &Probe) -> Option<String> {
    let request = &probe.case["Request"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let authority = match text(&request["Host"]) {
        host if host.is_empty() => "example.org".to_owned(),
        host => host,
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse::<i32>().ok()),
        None => (authority, None),
    };
    let headers: Vec<(String, String)> = request["Headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let method = match text(&request["Method"]) {
        method if method.is_empty() => "GET".to_owned(),
        method => method.trim_matches('"').to_owned(),
    };
    let target = text(&request["Path"]);
    let gateways: Vec<&Gateway> = directory
        .snapshot()
        .list::<Gateway>()
        .filter(|gateway| {
            let name = gateway.metadata.name.clone().unwrap_or_default();
            match probe.gateways.as_slice() {
                [] => name == "same-namespace",
                named => named.contains(&name),
            }
        })
        .collect();
    let mut difference = Some("no such gateway".to_owned());
    for gateway in gateways {
        let mut listeners = listeners_of(gateway);
        let name = gateway.metadata.name.as_deref().unwrap_or_default();
        for set in sets.iter().filter(|set| set.gateway == name) {
            listeners.extend(set.listeners.iter().map(|listener| ListenerOf {
                kind: "ListenerSet",
                namespace: &set.namespace,
                name: &set.name,
                listener,
            }));
        }
        // The port in a Host header is where the client believes to be; only where a listener has it
        // does the suite connect there.
        let is_listened_to = |port| listeners.iter().any(|one| one.listener.port == port);
        let mut ports: Vec<(i32, bool)> = listeners
            .iter()
            .map(|one| (one.listener.port, one.listener.protocol == "HTTPS"))
            .filter(|(listening, _)| {
                port.is_none_or(|port| port == *listening || !is_listened_to(port))
            })
            .collect();
        ports.dedup();
        for (port, tls) in ports {
            let asked = Asked {
                port,
                host: &host,
                target: &target,
                method: &method,
                headers: &headers,
                tls,
            };
            let found = answer(directory, &listeners, &asked, &probe.case);
            difference = compare(&probe.case, &found);
            difference.as_ref()?;
        }
    }
    difference
}

/// What comes back, as the suite's own client would describe it.
fn answer(
    directory: &Directory,
    listeners: &[ListenerOf<'_>],
    asked: &Asked<'_>,
    case: &Value,
) -> Value {
    match route(directory, listeners, asked) {
        Routed::Redirect { status, location, .. } => {
            json!({"status": status, "location": location, "scheme": if asked.tls { "https" } else { "http" }})
        }
        Routed::Preflight { headers, .. } => json!({"status": 204, "response": lower(&headers)}),
        Routed::NoListener | Routed::NoRoute => json!({"status": 404}),
        Routed::Forward(forward) => {
            let chosen = forward.choose(0);
            let to = match chosen.map(|backend| &backend.to) {
                Some(Ok(to)) => to,
                Some(Err(_)) | None => return json!({"status": 500}),
            };
            if !matches!(find(directory, to), Found::Endpoints(_)) {
                return json!({"status": 503});
            }
            // The suite's own server waits as long as the query asks it to.
            let request = Request {
                method: asked.method.to_owned(),
                target: asked.target.to_owned(),
                headers: Vec::new(),
                body: String::new(),
            };
            if forward.timeouts.exceeded_by(pause(&App::Json, &request)) {
                return json!({"status": 504});
            }
            let mut sent = (*forward).clone();
            let filters = chosen.map(|backend| backend.filters.clone()).unwrap_or_default();
            sent.apply(&filters);
            let mut response: Vec<(String, String)> = case["BackendSetResponseHeaders"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect();
            change_response(&forward.response, &mut response);
            change_response(&filters, &mut response);
            response.extend(forward.cors.iter().cloned());
            let mirrors: Vec<String> =
                sent.mirrors.iter().map(|mirror| mirror.service.name.clone()).collect();
            json!({
                "status": 200,
                "backend": to.service.name,
                "namespace": to.service.namespace,
                "path": sent.target,
                "host": sent.host,
                "headers": lower(&sent.headers),
                "response": lower(&response),
                "mirrors": mirrors,
            })
        }
    }
}

fn lower(headers: &[(String, String)]) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}

fn compare(case: &Value, found: &Value) -> Option<String> {
    let response = &case["Response"];
    let mut wrong = Vec::new();
    let mut check = |what: &str, wanted: String, is: String| {
        if wanted != is {
            wrong.push(format!("{what}: kubernetes {wanted}, podhop {is}"));
        }
    };
    let status = found["status"].as_u64().unwrap_or_default();
    match (&response["StatusCode"], response["StatusCodes"].as_array()) {
        (Value::Number(wanted), _) => check("status", wanted.to_string(), status.to_string()),
        // A name of a variable stands where the suite computes the status.
        (Value::String(_), _) => {}
        (_, Some(allowed))
            if allowed.iter().all(Value::is_number) && !allowed.contains(&json!(status)) =>
        {
            check("status", format!("one of {allowed:?}"), status.to_string());
        }
        _ => {}
    }
    let is_named = |value: &Value| value.as_str().is_some_and(|name| !name.contains('.'));
    if is_named(&case["Backend"]) && status == 200 || response.is_null() && status != 200 {
        check("backend", case["Backend"].to_string(), found["backend"].to_string());
    }
    if let Some(redirect) = case["RedirectRequest"].as_object() {
        let location = found["location"].as_str().unwrap_or_default();
        let url = dataplane::http::Url::parse(location).unwrap_or(dataplane::http::Url {
            tls: false,
            host: String::new(),
            port: 0,
            target: String::new(),
        });
        for (part, wanted) in redirect {
            let is = match part.as_str() {
                "Host" => url.host.clone(),
                "Path" => url.target.clone(),
                "Scheme" => if url.tls { "https" } else { "http" }.to_owned(),
                "Port" => {
                    let written = location.rsplit(':').next().unwrap_or_default();
                    let digits: String = written.chars().take_while(char::is_ascii_digit).collect();
                    digits
                }
                _ => continue,
            };
            let wanted = wanted.as_str().unwrap_or_default();
            if !wanted.is_empty() {
                check(part, wanted.to_owned(), is);
            }
        }
    }
    let expected = &case["ExpectedRequest"];
    if status == 200 {
        for (key, name) in [("Path", "path"), ("Host", "host")] {
            if let Some(wanted) = expected["Request"][key].as_str().filter(|text| !text.is_empty())
            {
                check(key, wanted.to_owned(), found[name].as_str().unwrap_or_default().to_owned());
            }
        }
        for (name, wanted) in expected["Request"]["Headers"].as_object().into_iter().flatten() {
            check(
                name,
                wanted.to_string(),
                found["headers"][name.to_ascii_lowercase()].to_string(),
            );
        }
        for name in expected["AbsentHeaders"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default().to_ascii_lowercase();
            check(&name, "null".to_owned(), found["headers"][&name].to_string());
        }
        for mirror in case["MirroredTo"].as_array().into_iter().flatten() {
            let wanted = &mirror["BackendRef"]["Name"];
            let known = found["mirrors"].as_array().is_some_and(|all| all.contains(wanted));
            check("mirrored", format!("{wanted} true"), format!("{wanted} {known}"));
        }
    }
    for (name, wanted) in response["Headers"].as_object().into_iter().flatten() {
        check(name, wanted.to_string(), found["response"][name.to_ascii_lowercase()].to_string());
    }
    for (name, allowed) in response["ValidHeaderValues"].as_object().into_iter().flatten() {
        let is = &found["response"][name.to_ascii_lowercase()];
        if !allowed.as_array().is_some_and(|allowed| allowed.contains(is)) {
            check(name, allowed.to_string(), is.to_string());
        }
    }
    for name in response["AbsentHeaders"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default().to_ascii_lowercase();
        check(&name, "null".to_owned(), found["response"][&name].to_string());
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// The manifests' cluster: every Service with a selector is taken to have a ready Pod.
fn cluster(text: &str) -> (Directory, Vec<Set>) {
    let mut objects = Vec::new();
    let mut sets = Vec::new();
    let mut gateways: BTreeMap<(String, String), Value> = BTreeMap::new();
    for document in manifest::read(text).documents {
        let value = document.as_json();
        let meta = |key: &str| value["metadata"][key].as_str().unwrap_or_default().to_owned();
        match value["kind"].as_str() {
            Some("ListenerSet") => {
                // A set's listeners read like a Gateway's.
                let mut gateway = value.clone();
                gateway["spec"]["gatewayClassName"] = json!("any");
                let gateway = Object::from_json(manifest::Kind::Gateway, gateway).ok();
                let listeners = gateway.and_then(|object| {
                    object.as_typed::<Gateway>().map(|gateway| gateway.spec.listeners.clone())
                });
                sets.push((
                    value.clone(),
                    Set {
                        namespace: meta("namespace"),
                        name: meta("name"),
                        gateway: value["spec"]["parentRef"]["name"]
                            .as_str()
                            .unwrap_or_default()
                            .into(),
                        listeners: listeners.unwrap_or_default(),
                    },
                ));
            }
            Some("Gateway") => {
                gateways.insert((meta("namespace"), meta("name")), value.clone());
            }
            _ => {}
        }
        objects.extend(document.object);
    }
    let slices: Vec<Object> = objects.iter().filter_map(slice).collect();
    objects.extend(slices);
    let snapshot: Snapshot = objects.into_iter().collect();
    let sets = sets.into_iter().filter(|(value, set)| {
        let parent = &value["spec"]["parentRef"];
        let namespace = parent["namespace"].as_str().unwrap_or(&set.namespace).to_owned();
        let gateway = gateways.get(&(namespace.clone(), set.gateway.clone()));
        let allowed = gateway.map(|gateway| &gateway["spec"]["allowedListeners"]["namespaces"]);
        match allowed.and_then(|allowed| allowed["from"].as_str()).unwrap_or("None") {
            "All" => true,
            "Same" => namespace == set.namespace,
            "Selector" => {
                let labels =
                    allowed.and_then(|allowed| allowed["selector"]["matchLabels"].as_object());
                let own = snapshot
                    .find::<k8s_openapi::api::core::v1::Namespace>("", &set.namespace)
                    .and_then(|found| found.metadata.labels.clone())
                    .unwrap_or_default();
                labels.is_some_and(|labels| {
                    labels
                        .iter()
                        .all(|(key, value)| own.get(key).map(String::as_str) == value.as_str())
                })
            }
            _ => false,
        }
    });
    let sets = sets.map(|(_, set)| set).collect();
    (Directory::of(&snapshot), sets)
}

fn slice(object: &Object) -> Option<Object> {
    let Object::Service(service) = object else { return None };
    let spec = service.spec.as_ref()?;
    let ports: Vec<Value> = spec
        .ports
        .iter()
        .flatten()
        .map(|port| json!({"name": port.name, "port": 3000, "protocol": "TCP"}))
        .collect();
    spec.selector.as_ref()?;
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{}-1", object.name()),
            "namespace": object.namespace(),
            "labels": {"kubernetes.io/service-name": object.name()},
        },
        "addressType": "IPv4",
        "ports": ports,
        "endpoints": [{"addresses": ["10.244.1.5"], "conditions": {"ready": true}}],
    });
    Object::from_json(manifest::Kind::EndpointSlice, slice).ok()
}
