//! Built-in kinds that are stored without behaviour, as far as people meet them.
//!
//! Models `ValidateReplicationControllerSpec` in `pkg/apis/core/validation/validation.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ReplicationControllerSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use manifest::{FieldPath, Kind, Other};
use serde_json::Value;

use super::{Causes, metadata, pod};

pub(super) fn other(causes: &mut Causes, other: &Other) {
    if other.kind == Kind::ReplicationController {
        let spec = other.body.get("spec").cloned().unwrap_or(Value::Null);
        if let Ok(spec) = manifest::from_json(spec) {
            replication_controller(causes, &spec);
        }
    }
}

fn replication_controller(causes: &mut Causes, spec: &ReplicationControllerSpec) {
    let path = FieldPath::of("spec");
    causes.nonnegative(&path.child("minReadySeconds"), spec.min_ready_seconds.unwrap_or(0));
    let selector = spec.selector.clone().unwrap_or_default();
    if selector.is_empty() {
        causes.required(&path.child("selector"), "");
    }
    causes.nonnegative(&path.child("replicas"), spec.replicas.unwrap_or(0));
    let path = path.child("template");
    let Some(template) = &spec.template else {
        causes.required(&path, "");
        return;
    };
    let labels: BTreeMap<String, String> =
        template.metadata.clone().unwrap_or_default().labels.unwrap_or_default();
    let wanted = LabelSelector { match_labels: Some(selector), match_expressions: None };
    if metadata::matches(&wanted, &labels) == Some(false) {
        causes.invalid(
            &path.child("metadata.labels"),
            &labels,
            "`selector` does not match template `labels`",
        );
    }
    pod::template(causes, &path, template);
    let policy = template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    causes.one_of(&path.child("spec.restartPolicy"), policy.unwrap_or_default(), &["Always"]);
}
