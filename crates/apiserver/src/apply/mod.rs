//! `kubectl apply` on the client's side: what was applied last, what is applied now and what is stored
//! become one object.
//!
//! Models `k8s.io/kubectl/pkg/cmd/apply/apply.go` and `k8s.io/kubectl/pkg/util/apply.go`.

mod merge;

use std::sync::Arc;

use manifest::{Kind, Object, decode_json};
use serde_json::{Map, Value, json};

use crate::ApiServer;
use crate::options::{Effect, WriteOptions, Written};
use crate::refusal::{Reason, Refusal};
use crate::server::addressed;

/// The annotation that remembers what was applied last.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Creates or merges an object.
///
/// # Errors
/// As a creation or an update.
pub(crate) fn apply(
    server: &mut ApiServer,
    mut object: Object,
    written: Value,
    options: &WriteOptions,
) -> Result<Written, Refusal> {
    let reference = addressed(&object);
    let modified = remember(&reference.namespace, written);
    let Some(current) = server.snapshot().get(&reference).cloned() else {
        keep_empty_selector(&mut object, &modified);
        let annotation = modified["metadata"]["annotations"][LAST_APPLIED].as_str();
        object
            .metadata_mut()
            .annotations
            .get_or_insert_default()
            .insert(LAST_APPLIED.into(), annotation.unwrap_or_default().into());
        return server.create(object, options);
    };
    let before = current.to_json();
    let original = last_applied(&current);
    let mut warnings = Vec::new();
    if original.is_none() {
        warnings.push(format!(
            "resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. \
             kubectl apply should only be used on resources created declaratively by either kubectl create \
             --save-config or kubectl apply. The missing annotation will be patched automatically.",
            reference.kind.resource().plural,
            reference.name
        ));
    }
    let after = merge::three_way(reference.kind, original.as_ref(), &modified, &before);
    changed(server, current, (&before, after), warnings, options)
}

/// Changes an object by the difference between two texts of it.
///
/// # Errors
/// As an update.
pub(crate) fn edit(
    server: &mut ApiServer,
    object: &Object,
    opened: &Value,
    saved: &Value,
    options: &WriteOptions,
) -> Result<Written, Refusal> {
    let reference = addressed(object);
    let stored = server.snapshot().get(&reference).cloned();
    let current = stored.ok_or_else(|| Refusal::not_found(reference.clone()))?;
    let before = current.to_json();
    let after = merge::difference(reference.kind, opened, saved, &before);
    changed(server, current, (&before, after), Vec::new(), options)
}

/// Sends what a merge came to, if it is not what stands.
fn changed(
    server: &mut ApiServer,
    current: Arc<Object>,
    (before, after): (&Value, Value),
    mut warnings: Vec<String>,
    options: &WriteOptions,
) -> Result<Written, Refusal> {
    if after == *before {
        return Ok(Written { object: current, effect: Effect::Unchanged, warnings });
    }
    let merged = decode(&current, after)?;
    let answer = match server.update(merged, options) {
        Ok(answer) => answer,
        Err(mut refusal) => {
            warnings.append(&mut refusal.warnings);
            return Err(Refusal { warnings, ..refusal });
        }
    };
    warnings.extend(answer.warnings);
    // A patch was sent, even if the server found that it changed nothing.
    Ok(Written { effect: Effect::Configured, warnings, ..answer })
}

/// The manifest with the annotation that holds itself.
fn remember(namespace: &str, written: Value) -> Value {
    let mut manifest = written;
    if !manifest.is_object() {
        manifest = json!({});
    }
    let fields = manifest.as_object_mut().expect("it was just made an object");
    let metadata = object_in(fields, "metadata");
    if !namespace.is_empty() {
        metadata.entry("namespace").or_insert_with(|| namespace.into());
    }
    object_in(metadata, "annotations").remove(LAST_APPLIED);
    let text = format!("{manifest}\n");
    let fields = manifest.as_object_mut().expect("it is an object");
    object_in(object_in(fields, "metadata"), "annotations")
        .insert(LAST_APPLIED.into(), text.into());
    manifest
}

/// The object in that field, made if it is not there.
fn object_in<'a>(fields: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let entry = fields.entry(name).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    entry.as_object_mut().expect("it was just made an object")
}

fn last_applied(current: &Object) -> Option<Value> {
    let text = current.metadata().annotations.as_ref()?.get(LAST_APPLIED)?;
    serde_json::from_str(text).ok()
}

/// Go tells a selector that is written but empty from one that is missing; our types cannot, so the
/// former holds an empty map.
fn keep_empty_selector(object: &mut Object, written: &Value) {
    if !written["spec"]["selector"].is_object() {
        return;
    }
    let selector = match object {
        Object::Deployment(deployment) => deployment.spec.as_mut().map(|spec| &mut spec.selector),
        Object::ReplicaSet(replica_set) => replica_set.spec.as_mut().map(|spec| &mut spec.selector),
        Object::StatefulSet(stateful_set) => {
            stateful_set.spec.as_mut().map(|spec| &mut spec.selector)
        }
        Object::DaemonSet(daemon_set) => daemon_set.spec.as_mut().map(|spec| &mut spec.selector),
        _ => None,
    };
    if let Some(selector) = selector
        && selector.match_expressions.is_none()
    {
        selector.match_labels.get_or_insert_default();
    }
}

fn decode(current: &Arc<Object>, json: Value) -> Result<Object, Refusal> {
    let kind = current.kind();
    let api_version = json["apiVersion"].as_str().unwrap_or_default().to_owned();
    decode_json(kind, &api_version, &json)
        .map_err(|error| Refusal::new(Reason::BadRequest, error.to_string()))
}

/// Whether the kind is a custom resource, whose lists are replaced whole.
fn is_custom(kind: Kind) -> bool {
    kind.resource().group.ends_with("gateway.networking.k8s.io")
}
