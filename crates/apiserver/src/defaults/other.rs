//! Defaults of built-in kinds that are stored without behaviour, as far as people meet them.
//!
//! Models `SetDefaults_ReplicationController` in `pkg/apis/core/v1/defaults.go` and
//! `pkg/apis/autoscaling/v1/defaults.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PodTemplateSpec};
use manifest::{Kind, Other};
use serde_json::{Map, Value, json};

use super::{gateway, pod, volume};

pub(super) fn other(other: &mut Other) {
    match other.kind {
        Kind::ReplicationController => replication_controller(other),
        Kind::HorizontalPodAutoscaler => horizontal_pod_autoscaler(other),
        Kind::PersistentVolumeClaim => persistent_volume_claim(other),
        _ if other.kind.resource().group == gateway::GROUP => route(other),
        _ => {}
    }
}

fn replication_controller(controller: &mut Other) {
    let spec = map(&mut controller.body, "spec");
    spec.entry("replicas").or_insert(1.into());
    if let Some(written) = spec.get("template").filter(|template| !template.is_null())
        && let Ok(mut template) = manifest::from_json::<PodTemplateSpec>(written.clone())
    {
        pod::template(&mut template);
        let labels = template.metadata.clone().unwrap_or_default().labels.unwrap_or_default();
        spec.insert("template".into(), manifest::to_json(&template));
        if !labels.is_empty() {
            if spec.get("selector").and_then(Value::as_object).is_none_or(Map::is_empty) {
                spec.insert("selector".into(), json!(labels));
            }
            if controller.metadata.labels.as_ref().is_none_or(BTreeMap::is_empty) {
                controller.metadata.labels = Some(labels);
            }
        }
    }
    map(&mut controller.body, "status").entry("replicas").or_insert(0.into());
}

fn horizontal_pod_autoscaler(autoscaler: &mut Other) {
    let spec = map(&mut autoscaler.body, "spec");
    spec.entry("minReplicas").or_insert(1.into());
    if autoscaler.api_version.ends_with("/v2") {
        if spec.get("metrics").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            let target = json!({"type": "Utilization", "averageUtilization": 80});
            let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
            spec.insert("metrics".into(), Value::Array(vec![metric]));
        }
        if spec.get("behavior").is_some_and(Value::is_object) {
            scaling_rules(map(spec, "behavior"));
        }
    }
    let status = map(&mut autoscaler.body, "status");
    if autoscaler.api_version.ends_with("/v1") {
        status.entry("currentReplicas").or_insert(0.into());
    }
    status.entry("desiredReplicas").or_insert(0.into());
    if autoscaler.api_version.ends_with("/v2") {
        status.entry("currentMetrics").or_insert(Value::Null);
    }
}

/// How fast an autoscaler may go up and down, which is either unsaid or said in full.
fn scaling_rules(behavior: &mut Map<String, Value>) {
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    for (direction, policies) in
        [("scaleUp", json!([pods, percent.clone()])), ("scaleDown", json!([percent]))]
    {
        let rules = map(behavior, direction);
        rules.entry("selectPolicy").or_insert("Max".into());
        rules.entry("policies").or_insert(policies);
        if direction == "scaleUp" {
            rules.entry("stabilizationWindowSeconds").or_insert(0.into());
        }
    }
}

fn persistent_volume_claim(claim: &mut Other) {
    let spec = map(&mut claim.body, "spec");
    if let Ok(mut typed) =
        manifest::from_json::<PersistentVolumeClaimSpec>(Value::Object(spec.clone()))
    {
        volume::claim_spec(&mut typed);
        claim.body.insert("spec".into(), manifest::to_json(&typed));
    }
    map(&mut claim.body, "status").entry("phase").or_insert("Pending".into());
}

/// The routes of Gateway API that have no behaviour: defaults of their references and matches.
fn route(route: &mut Other) {
    let Some(spec) = route.body.get_mut("spec") else { return };
    let reference = |item: &mut Value, defaults: &[(&str, Value)]| {
        let Some(item) = item.as_object_mut() else { return };
        for (field, value) in defaults {
            item.entry(*field).or_insert_with(|| value.clone());
        }
    };
    for parent in items(spec, "parentRefs") {
        reference(parent, &[("group", gateway::GROUP.into()), ("kind", "Gateway".into())]);
    }
    for rule in items(spec, "rules") {
        for backend in items(rule, "backendRefs") {
            reference(
                backend,
                &[("group", "".into()), ("kind", "Service".into()), ("weight", 1.into())],
            );
        }
        for condition in items(rule, "matches") {
            if let Some(method) = condition.get_mut("method") {
                reference(method, &[("type", "Exact".into())]);
            }
            for header in items(condition, "headers") {
                reference(header, &[("type", "Exact".into())]);
            }
        }
        for filter in items(rule, "filters") {
            if let Some(backend) = filter.pointer_mut("/requestMirror/backendRef") {
                reference(backend, &[("group", "".into()), ("kind", "Service".into())]);
            }
        }
    }
}

fn items<'a>(parent: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    parent.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The object in that field, made if it is not there.
fn map<'a>(body: &'a mut Map<String, Value>, field: &str) -> &'a mut Map<String, Value> {
    let entry = body.entry(field).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    entry.as_object_mut().expect("it was just made an object")
}
