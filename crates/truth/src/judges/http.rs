//! `http.json`: where Ingress and Gateway API send a request, and what the API server refuses.

use std::collections::BTreeMap;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::backend::{Found, ServicePort, find};
use dataplane::directory::Directory;
use dataplane::gateway::{self, Forward};
use dataplane::ingress::{self, Controller, Failure, Flavour};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use manifest::Object;
use manifest::gateway::{Gateway, HTTPRoute};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::judge::{CaseResult, guarded, read_json};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    title: String,
    category: String,
    given: String,
    request: Option<Request>,
    expect: Value,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    scheme: String,
    host: String,
    port: i32,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// Judges every case.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let file: File = read_json(path)?;
    Ok(file
        .cases
        .iter()
        .map(|case| guarded(format!("{} {}", case.id, case.title), || judge(case)))
        .collect())
}

fn judge(case: &Case) -> Option<String> {
    let found = match (case.category.as_str(), &case.request) {
        ("ingress", Some(request)) => of_ingress(case, request),
        ("gateway", Some(request)) => of_gateway(case, request),
        _ => of_the_api_server(case),
    };
    compare(&case.expect, &found)
}

/// Everything that is expected must be found; what is not known here counts as a difference.
fn compare(expected: &Value, found: &Value) -> Option<String> {
    let expected = expected.as_object()?;
    let differs = expected.iter().find(|(key, value)| match key.as_str() {
        // Words of the case's author, not of any program.
        "error" | "note" => false,
        "split" => !same_split(value, &found["split"]),
        "conditions" => {
            let wanted = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let known = found["conditions"].as_array().cloned().unwrap_or_default();
            !wanted.iter().all(|condition| known.contains(condition))
        }
        "headers" | "request_headers" | "response_headers" => {
            let Some(wanted) = value.as_object() else { return true };
            !wanted.iter().all(|(name, value)| found[key.as_str()].get(name) == Some(value))
        }
        key => found.get(key).unwrap_or(&Value::Null) != *value,
    });
    differs.map(|(key, value)| {
        format!("{key}: kubernetes {value}, podhop {}", found.get(key).unwrap_or(&Value::Null))
    })
}

/// Shares count as their ratio.
fn same_split(expected: &Value, found: &Value) -> bool {
    let shares = |value: &Value| -> BTreeMap<String, f64> {
        let all = value.as_object().cloned().unwrap_or_default();
        let total: f64 = all.values().filter_map(Value::as_f64).sum();
        all.into_iter()
            .filter_map(|(name, share)| Some((name, share.as_f64()? / total.max(1.0e-9))))
            .filter(|(_, share)| *share > 0.0)
            .collect()
    };
    let (expected, found) = (shares(expected), shares(found));
    expected.len() == found.len()
        && expected.iter().all(|(name, share)| {
            found.get(name).is_some_and(|other| (share - other).abs() < 1.0e-3)
        })
}

fn of_ingress(case: &Case, request: &Request) -> Value {
    let directory = cluster(&case.given);
    let controller = Controller { class: "std".to_owned(), flavour: Flavour::Plain, only: None };
    let tls = request.scheme == "https";
    let asked = ingress::Asked { host: &request.host, target: &request.path, tls };
    let secret = ingress::certificate(&directory, &controller, &request.host).secret;
    let mut found = match ingress::route(&directory, &controller, &asked) {
        ingress::Routed::Backend { to, target, by_default, .. } => {
            let via = by_default.then_some("defaultBackend");
            match behind(&directory, &to) {
                Ok(backend) => json!({"backend": backend, "via": via, "path": target}),
                Err(failure) => {
                    let page = ingress::page(controller.flavour, failure);
                    json!({"status": page.status, "backend": null})
                }
            }
        }
        ingress::Routed::Redirect { status, location, .. } => {
            json!({"status": status, "location": location})
        }
        ingress::Routed::Fixed { status, .. } => json!({"status": status}),
        ingress::Routed::NoRule => json!({"status": 404, "no_rule_matched": true}),
    };
    if tls {
        found["tls_secret"] = json!(secret.map(|secret| secret.namespaced_name()));
    }
    found
}

fn behind(directory: &Directory, to: &ServicePort) -> Result<String, Failure> {
    match find(directory, to) {
        Found::Endpoints(_) => Ok(to.service.namespaced_name()),
        Found::NoService | Found::NoPort => Err(Failure::NoService),
        Found::NoEndpoints => Err(Failure::NoEndpoints),
    }
}

fn of_gateway(case: &Case, request: &Request) -> Value {
    let directory = cluster(&case.given);
    let snapshot = directory.snapshot();
    let gateways: Vec<&Gateway> = snapshot
        .list::<Gateway>()
        .filter(|gateway| gateway.spec.gateway_class_name == "sim")
        .collect();
    let listeners: Vec<gateway::ListenerOf<'_>> =
        gateways.iter().flat_map(|gateway| gateway::listeners_of(gateway)).collect();
    let headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let asked = gateway::Asked {
        port: request.port,
        host: &request.host,
        target: &request.path,
        method: &request.method,
        headers: &headers,
        tls: request.scheme == "https",
    };
    let mut found = match gateway::route(&directory, &listeners, &asked) {
        gateway::Routed::Forward(forward) => forwarded(&directory, &forward),
        gateway::Routed::Redirect { status, location, .. } => {
            json!({"status": status, "location": location})
        }
        gateway::Routed::Preflight { .. } => json!({"status": 204}),
        gateway::Routed::NoListener | gateway::Routed::NoRoute => json!({"status": 404}),
    };
    let mut known = Vec::new();
    for route in snapshot.list::<HTTPRoute>() {
        let name = format!(
            "{}/{}",
            route.metadata.namespace.as_deref().unwrap_or_default(),
            route.metadata.name.as_deref().unwrap_or_default()
        );
        for parent in route.spec.parent_refs.iter().flatten() {
            let conditions = gateway::conditions(&directory, &listeners, route, parent);
            let pairs = [("Accepted", conditions.accepted), ("ResolvedRefs", conditions.resolved)];
            for (kind, (is_true, reason)) in pairs {
                let status = if is_true { "True" } else { "False" };
                known
                    .push(json!({"route": name, "type": kind, "status": status, "reason": reason}));
            }
        }
    }
    found["conditions"] = json!(known);
    found
}

fn forwarded(directory: &Directory, forward: &Forward) -> Value {
    let mut split: BTreeMap<String, u32> = BTreeMap::new();
    for backend in &forward.backends {
        let name = match &backend.to {
            Ok(to) => match behind(directory, to) {
                Ok(name) => name,
                Err(_) => "503".to_owned(),
            },
            Err(_) => "500".to_owned(),
        };
        *split.entry(name).or_default() += backend.weight;
    }
    let chosen = forward.choose(0);
    let mut found = match chosen.map(|backend| &backend.to) {
        Some(Ok(to)) => match behind(directory, to) {
            Ok(name) => json!({"backend": name}),
            Err(_) => json!({"status": 503}),
        },
        Some(Err(_)) | None => json!({"status": 500}),
    };
    let headers: BTreeMap<&str, &str> =
        forward.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut response = Vec::new();
    gateway::change_response(&forward.response, &mut response);
    let response: BTreeMap<String, String> = response.into_iter().collect();
    found["split"] = json!(split);
    found["path"] = json!(forward.target);
    found["rewritten_path"] = json!(forward.target);
    found["host"] = json!(forward.host);
    found["headers"] = json!(headers);
    found["request_headers"] = json!(headers);
    found["response_headers"] = json!(response);
    found
}

/// What the API server says to each object, until it refuses one.
fn of_the_api_server(case: &Case) -> Value {
    let mut api = apiserver::ApiServer::new(apiserver::Config::default());
    let options = apiserver::WriteOptions::new(packet::Time::START, "kubectl-client-side-apply");
    let namespace = manifest::read(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: pay}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: infra}\n",
    );
    for document in namespace.documents.into_iter().chain(manifest::read(&case.given).documents) {
        let Some(object) = document.object else {
            let message = document.error.map(|error| error.to_string()).unwrap_or_default();
            return json!({"apply_status": 400, "reason": "BadRequest", "message": message});
        };
        if let Err(refusal) = api.create(object, &options) {
            let reason = format!("{:?}", refusal.reason);
            if reason == "AlreadyExists" {
                continue;
            }
            let status = match reason.as_str() {
                "Invalid" => 422,
                "NotFound" => 404,
                "Forbidden" => 403,
                "Conflict" => 409,
                _ => 400,
            };
            return json!({"apply_status": status, "reason": reason, "message": refusal.message});
        }
    }
    json!({"apply_status": 201})
}

/// The cluster of a case; objects without a time are created in the order of the file.
fn cluster(text: &str) -> Directory {
    let documents = manifest::read(text).documents;
    let objects = documents.into_iter().filter_map(|found| found.object).enumerate();
    let created = objects.map(|(number, mut object): (usize, Object)| {
        if object.metadata().creation_timestamp.is_none() {
            let text = format!("\"2026-03-01T00:{:02}:{:02}Z\"", number / 60 % 60, number % 60);
            let time: Option<Time> = serde_json::from_str(&text).ok();
            object.metadata_mut().creation_timestamp = time;
        }
        object
    });
    let snapshot: Snapshot = created.collect();
    Directory::of(&snapshot)
}
