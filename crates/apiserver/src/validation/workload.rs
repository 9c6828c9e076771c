//! Deployments, ReplicaSets, StatefulSets and DaemonSets.
//!
//! Models `pkg/apis/apps/validation/validation.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{
    DaemonSet, Deployment, DeploymentStrategy, ReplicaSet, RollingUpdateDaemonSet,
    RollingUpdateDeployment, StatefulSet,
};
use k8s_openapi::api::core::v1::{PodTemplateSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::FieldPath;

use super::causes::show;
use super::{Causes, metadata, pod, text};

pub(super) fn deployment(causes: &mut Causes, deployment: &Deployment) {
    let path = FieldPath::of("spec");
    let spec = deployment.spec.clone().unwrap_or_default();
    causes.nonnegative(&path.child("replicas"), spec.replicas.unwrap_or(0));
    let empty = "empty selector is invalid for deployment";
    if selector(causes, &path, &spec.selector, empty) {
        template(causes, &path.child("template"), &spec.selector, &spec.template, "ReplicaSet");
    }
    strategy(causes, &path.child("strategy"), &spec.strategy.unwrap_or_default());
    causes.nonnegative(&path.child("minReadySeconds"), spec.min_ready_seconds.unwrap_or(0));
    causes
        .nonnegative(&path.child("revisionHistoryLimit"), spec.revision_history_limit.unwrap_or(0));
    if let Some(deadline) = spec.progress_deadline_seconds {
        causes.nonnegative(&path.child("progressDeadlineSeconds"), deadline);
        if deadline <= spec.min_ready_seconds.unwrap_or(0) {
            causes.invalid(
                &path.child("progressDeadlineSeconds"),
                deadline,
                "must be greater than minReadySeconds",
            );
        }
    }
}

pub(super) fn deployment_update(causes: &mut Causes, before: &Deployment, after: &Deployment) {
    let selector = |deployment: &Deployment| deployment.spec.clone().unwrap_or_default().selector;
    immutable_selector(causes, &selector(before), &selector(after));
}

pub(super) fn replica_set(causes: &mut Causes, replica_set: &ReplicaSet) {
    let path = FieldPath::of("spec");
    let spec = replica_set.spec.clone().unwrap_or_default();
    causes.nonnegative(&path.child("replicas"), spec.replicas.unwrap_or(0));
    causes.nonnegative(&path.child("minReadySeconds"), spec.min_ready_seconds.unwrap_or(0));
    let empty = "empty selector is invalid for deployment";
    if selector(causes, &path, &spec.selector, empty) {
        let pods = spec.template.unwrap_or_default();
        template(causes, &path.child("template"), &spec.selector, &pods, "ReplicaSet");
    }
}

pub(super) fn replica_set_update(causes: &mut Causes, before: &ReplicaSet, after: &ReplicaSet) {
    let selector = |set: &ReplicaSet| set.spec.clone().unwrap_or_default().selector;
    immutable_selector(causes, &selector(before), &selector(after));
}

pub(super) fn stateful_set(causes: &mut Causes, stateful_set: &StatefulSet) {
    let path = FieldPath::of("spec");
    let spec = stateful_set.spec.clone().unwrap_or_default();
    let policy = spec.pod_management_policy.as_deref().unwrap_or_default();
    if !["OrderedReady", "Parallel"].contains(&policy) {
        causes.invalid(
            &path.child("podManagementPolicy"),
            policy,
            "must be 'OrderedReady' or 'Parallel'",
        );
    }
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    let strategy_path = path.child("updateStrategy");
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" => {
            if let Some(rolling) = &strategy.rolling_update {
                causes.invalid_shown(
                    &strategy_path.child("rollingUpdate"),
                    &format!(
                        r#"{{"Partition":{},"MaxUnavailable":{}}}"#,
                        rolling.partition.unwrap_or(0),
                        show(&rolling.max_unavailable)
                    ),
                    "only allowed for updateStrategy 'RollingUpdate'",
                );
            }
        }
        "RollingUpdate" => {
            if let Some(rolling) = &strategy.rolling_update {
                let path = strategy_path.child("rollingUpdate");
                causes.nonnegative(&path.child("partition"), rolling.partition.unwrap_or(0));
                if let Some(most) = &rolling.max_unavailable {
                    let path = path.child("maxUnavailable");
                    amount(causes, &path, most);
                    if value(most) == Some(0) {
                        causes.invalid(&path, most, "cannot be 0");
                    }
                    at_most_everything(causes, &path, most);
                }
            }
        }
        other => causes.invalid_shown(
            &strategy_path,
            &format!(r#"{{"Type":{other:?},"RollingUpdate":null}}"#),
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
    }
    if let Some(retention) = &spec.persistent_volume_claim_retention_policy {
        let path = path.child("persistentVolumeClaimRetentionPolicy");
        for (field, policy) in
            [("whenDeleted", &retention.when_deleted), ("whenScaled", &retention.when_scaled)]
        {
            let policy = policy.as_deref().unwrap_or_default();
            causes.one_of(&path.child(field), policy, &["Retain", "Delete"]);
        }
    }
    causes.nonnegative(&path.child("replicas"), spec.replicas.unwrap_or(0));
    causes.nonnegative(&path.child("minReadySeconds"), spec.min_ready_seconds.unwrap_or(0));
    causes
        .nonnegative(&path.child("revisionHistoryLimit"), spec.revision_history_limit.unwrap_or(0));
    let start = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
    causes.nonnegative(&path.child("ordinals.start"), start);
    if let Some(name) = spec.service_name.as_deref().filter(|name| !name.is_empty()) {
        causes.invalid_each(&path.child("serviceName"), name, text::dns1123_subdomain(name));
    }
    let empty = "empty selector is invalid for statefulset";
    if selector(causes, &path, &spec.selector, empty) {
        // Claims become volumes of each Pod, so mounts may name them.
        let mut pods = spec.template.clone();
        let volumes = pods.spec.get_or_insert_default().volumes.get_or_insert_default();
        for claim in spec.volume_claim_templates.iter().flatten() {
            let name = claim.metadata.name.clone().unwrap_or_default();
            volumes.retain(|volume| volume.name != name);
            volumes.push(Volume {
                name,
                persistent_volume_claim: Some(
                    k8s_openapi::api::core::v1::PersistentVolumeClaimVolumeSource {
                        claim_name: "claim".into(),
                        read_only: None,
                    },
                ),
                ..Default::default()
            });
        }
        template(causes, &path.child("template"), &spec.selector, &pods, "StatefulSet");
    }
}

pub(super) fn stateful_set_update(causes: &mut Causes, before: &StatefulSet, after: &StatefulSet) {
    let old = before.spec.clone().unwrap_or_default();
    let mut new = after.spec.clone().unwrap_or_default();
    new.replicas = old.replicas;
    new.template.clone_from(&old.template);
    new.update_strategy.clone_from(&old.update_strategy);
    new.min_ready_seconds = old.min_ready_seconds;
    new.ordinals.clone_from(&old.ordinals);
    new.revision_history_limit = old.revision_history_limit;
    new.persistent_volume_claim_retention_policy
        .clone_from(&old.persistent_volume_claim_retention_policy);
    if new != old {
        causes.forbidden(
            &FieldPath::of("spec"),
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

pub(super) fn daemon_set(causes: &mut Causes, daemon_set: &DaemonSet) {
    let path = FieldPath::of("spec");
    let spec = daemon_set.spec.clone().unwrap_or_default();
    let labels = template_labels(&spec.template);
    let missing = is_missing(&spec.selector);
    metadata::label_selector(causes, &path.child("selector"), Some(&spec.selector));
    if !missing && metadata::matches(&spec.selector, &labels) != Some(true) {
        causes.invalid(
            &path.child("template.metadata.labels"),
            &spec.template.metadata.clone().unwrap_or_default().labels,
            "`selector` does not match template `labels`",
        );
    }
    if is_empty(&spec.selector) {
        causes.invalid_shown(
            &path.child("selector"),
            if missing { "null" } else { "{}" },
            "empty selector is invalid for daemonset",
        );
    }
    let template_path = path.child("template");
    pod::template(causes, &template_path, &spec.template);
    always_restarts(causes, &template_path, &spec.template, "DaemonSet");
    causes.nonnegative(&path.child("minReadySeconds"), spec.min_ready_seconds.unwrap_or(0));
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    let strategy_path = path.child("updateStrategy");
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let rolling = strategy.rolling_update.unwrap_or_default();
            rolling_daemon_set(causes, &strategy_path.child("rollingUpdate"), &rolling);
        }
        other => causes.unsupported_shown(
            &strategy_path,
            &format!(r#"{{"Type":{other:?},"RollingUpdate":null}}"#),
            &["RollingUpdate", "OnDelete"],
        ),
    }
    causes
        .nonnegative(&path.child("revisionHistoryLimit"), spec.revision_history_limit.unwrap_or(0));
}

pub(super) fn daemon_set_update(causes: &mut Causes, before: &DaemonSet, after: &DaemonSet) {
    let selector = |set: &DaemonSet| set.spec.clone().unwrap_or_default().selector;
    immutable_selector(causes, &selector(before), &selector(after));
}

fn rolling_daemon_set(causes: &mut Causes, path: &FieldPath, rolling: &RollingUpdateDaemonSet) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let has = |amount: &IntOrString| value(amount).is_none_or(|amount| amount != 0);
    match (has(unavailable), has(surge)) {
        (false, false) => {
            causes.required(&path.child("maxUnavailable"), "cannot be 0 when maxSurge is 0");
        }
        (true, true) => causes.invalid(
            &path.child("maxSurge"),
            surge,
            "may not be set when maxUnavailable is non-zero",
        ),
        _ => {}
    }
    for (field, most) in [("maxUnavailable", unavailable), ("maxSurge", surge)] {
        amount(causes, &path.child(field), most);
        at_most_everything(causes, &path.child(field), most);
    }
}

/// Checks a selector; whether it can be used to match labels.
fn selector(causes: &mut Causes, path: &FieldPath, selector: &LabelSelector, empty: &str) -> bool {
    let path = path.child("selector");
    if is_missing(selector) {
        causes.required(&path, "");
        return true;
    }
    metadata::label_selector(causes, &path, Some(selector));
    if is_empty(selector) {
        causes.invalid_shown(&path, "{}", empty);
    }
    if metadata::matches(selector, &BTreeMap::new()).is_none() {
        causes.invalid(&path, manifest::to_json(selector), "invalid label selector");
        return false;
    }
    true
}

/// Whether no selector was written. One that was written empty holds an empty map, see `apply`.
fn is_missing(selector: &LabelSelector) -> bool {
    selector.match_labels.is_none() && selector.match_expressions.is_none()
}

fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

/// A template whose Pods the selector must find and that must run for ever.
fn template(
    causes: &mut Causes,
    path: &FieldPath,
    selector: &LabelSelector,
    template: &PodTemplateSpec,
    kind: &str,
) {
    let matched = metadata::matches(selector, &template_labels(template)) == Some(true);
    // A missing selector selects nothing, an empty one everything.
    if is_missing(selector) || (!is_empty(selector) && !matched) {
        causes.invalid(
            &path.child("metadata.labels"),
            &template.metadata.clone().unwrap_or_default().labels,
            "`selector` does not match template `labels`",
        );
    }
    pod::template(causes, path, template);
    always_restarts(causes, path, template, kind);
}

fn always_restarts(causes: &mut Causes, path: &FieldPath, template: &PodTemplateSpec, kind: &str) {
    let spec = template.spec.clone().unwrap_or_default();
    let policy = spec.restart_policy.as_deref().unwrap_or_default();
    causes.one_of(&path.child("spec.restartPolicy"), policy, &["Always"]);
    if spec.active_deadline_seconds.is_some() {
        causes.forbidden(
            &path.child("spec.activeDeadlineSeconds"),
            format!("activeDeadlineSeconds in {kind} is not Supported"),
        );
    }
}

fn template_labels(template: &PodTemplateSpec) -> BTreeMap<String, String> {
    template.metadata.clone().unwrap_or_default().labels.unwrap_or_default()
}

fn immutable_selector(causes: &mut Causes, before: &LabelSelector, after: &LabelSelector) {
    if before != after {
        causes.invalid(
            &FieldPath::of("spec.selector"),
            manifest::to_json(after),
            "field is immutable",
        );
    }
}

fn strategy(causes: &mut Causes, path: &FieldPath, strategy: &DeploymentStrategy) {
    match strategy.type_.as_deref().unwrap_or_default() {
        "Recreate" => {
            if strategy.rolling_update.is_some() {
                causes.forbidden(
                    &path.child("rollingUpdate"),
                    "may not be specified when strategy `type` is 'Recreate'",
                );
            }
        }
        "RollingUpdate" => {
            let rolling = strategy.rolling_update.clone().unwrap_or_default();
            rolling_deployment(causes, &path.child("rollingUpdate"), &rolling);
        }
        other => {
            let rolling = match &strategy.rolling_update {
                None => "null".to_owned(),
                Some(rolling) => format!(
                    r#"{{"MaxUnavailable":{},"MaxSurge":{}}}"#,
                    show(rolling.max_unavailable.clone().unwrap_or(IntOrString::Int(0))),
                    show(rolling.max_surge.clone().unwrap_or(IntOrString::Int(0)))
                ),
            };
            causes.unsupported_shown(
                path,
                &format!(r#"{{"Type":{other:?},"RollingUpdate":{rolling}}}"#),
                &["Recreate", "RollingUpdate"],
            );
        }
    }
}

fn rolling_deployment(causes: &mut Causes, path: &FieldPath, rolling: &RollingUpdateDeployment) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let unavailable_path = path.child("maxUnavailable");
    amount(causes, &unavailable_path, unavailable);
    amount(causes, &path.child("maxSurge"), surge);
    if value(unavailable) == Some(0) && value(surge) == Some(0) {
        causes.invalid(&unavailable_path, unavailable, "may not be 0 when `maxSurge` is 0");
    }
    at_most_everything(causes, &unavailable_path, unavailable);
}

/// A number of Pods or a share of them.
fn amount(causes: &mut Causes, path: &FieldPath, amount: &IntOrString) {
    match amount {
        IntOrString::Int(number) => causes.nonnegative(path, *number),
        IntOrString::String(share) => causes.invalid_each(path, share, text::percent(share)),
    }
}

fn at_most_everything(causes: &mut Causes, path: &FieldPath, amount: &IntOrString) {
    if let IntOrString::String(share) = amount
        && text::percent(share).is_empty()
        && value(amount).is_none_or(|share| share > 100)
    {
        causes.invalid(path, share, "must not be greater than 100%");
    }
}

/// The number, or the number of percent.
fn value(amount: &IntOrString) -> Option<i64> {
    match amount {
        IntOrString::Int(number) => Some((*number).into()),
        IntOrString::String(share) => share.strip_suffix('%').unwrap_or("0").parse().ok(),
    }
}
