//! Affinity and spreading.
//!
//! Models `validateAffinity` and `validateTopologySpreadConstraints` in
//! `pkg/apis/core/validation/validation.go`.

use k8s_openapi::api::core::v1::{
    Affinity, NodeSelector, NodeSelectorTerm, PodAffinityTerm, TopologySpreadConstraint,
    WeightedPodAffinityTerm,
};
use manifest::FieldPath;

use super::{Causes, metadata, text};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn affinity(causes: &mut Causes, path: &FieldPath, affinity: Option<&Affinity>) {
    let Some(affinity) = affinity else { return };
    if let Some(node) = &affinity.node_affinity {
        let path = path.child("nodeAffinity");
        if let Some(selector) = &node.required_during_scheduling_ignored_during_execution {
            node_selector(causes, &path.child(REQUIRED), selector);
        }
        let preferred = node.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        for (index, term) in preferred.enumerate() {
            let path = path.child(PREFERRED).index(index);
            weight(causes, &path, term.weight);
            node_selector_term(causes, &path.child("preference"), &term.preference, false);
        }
    }
    for (field, required, preferred) in [
        affinity.pod_affinity.as_ref().map(|pods| {
            (
                "podAffinity",
                &pods.required_during_scheduling_ignored_during_execution,
                &pods.preferred_during_scheduling_ignored_during_execution,
            )
        }),
        affinity.pod_anti_affinity.as_ref().map(|pods| {
            (
                "podAntiAffinity",
                &pods.required_during_scheduling_ignored_during_execution,
                &pods.preferred_during_scheduling_ignored_during_execution,
            )
        }),
    ]
    .into_iter()
    .flatten()
    {
        let path = path.child(field);
        for (index, term) in required.iter().flatten().enumerate() {
            pod_term(causes, &path.child(REQUIRED).index(index), term);
        }
        for (index, WeightedPodAffinityTerm { weight, pod_affinity_term }) in
            preferred.iter().flatten().enumerate()
        {
            let path = path.child(PREFERRED).index(index);
            self::weight(causes, &path, *weight);
            pod_term(causes, &path.child("podAffinityTerm"), pod_affinity_term);
        }
    }
}

fn weight(causes: &mut Causes, path: &FieldPath, weight: i32) {
    if !(1..=100).contains(&weight) {
        causes.invalid(&path.child("weight"), weight, "must be in the range 1-100");
    }
}

fn node_selector(causes: &mut Causes, path: &FieldPath, selector: &NodeSelector) {
    let path = path.child("nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        causes.required(&path, "must have at least one node selector term");
    }
    for (index, term) in selector.node_selector_terms.iter().enumerate() {
        node_selector_term(causes, &path.index(index), term, true);
    }
}

fn node_selector_term(
    causes: &mut Causes,
    path: &FieldPath,
    term: &NodeSelectorTerm,
    check_values: bool,
) {
    for (index, requirement) in term.match_expressions.iter().flatten().enumerate() {
        let path = path.child("matchExpressions").index(index);
        let values = requirement.values.clone().unwrap_or_default();
        let values_path = path.child("values");
        match requirement.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                causes
                    .required(&values_path, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => causes.forbidden(
                &values_path,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
            "Gt" | "Lt" if values.len() != 1 => causes.required(
                &values_path,
                "must be specified single value when `operator` is 'Lt' or 'Gt'",
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => {
                causes.invalid(&path.child("operator"), other, "not a valid selector operator")
            }
        }
        metadata::label_name(causes, &path.child("key"), &requirement.key);
        for (index, value) in values.iter().enumerate().filter(|_| check_values) {
            causes.invalid_each(&values_path.index(index), value, text::label_value(value));
        }
    }
    for (index, requirement) in term.match_fields.iter().flatten().enumerate() {
        let path = path.child("matchFields").index(index);
        let values = requirement.values.clone().unwrap_or_default();
        match requirement.operator.as_str() {
            "In" | "NotIn" if values.len() != 1 => causes.required(
                &path.child("values"),
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
            ),
            "In" | "NotIn" => {}
            other => {
                causes.invalid(&path.child("operator"), other, "not a valid selector operator")
            }
        }
        if requirement.key != "metadata.name" {
            causes.invalid(&path.child("key"), &requirement.key, "not a valid field selector key");
        } else {
            for (index, value) in values.iter().enumerate() {
                let messages = text::dns1123_subdomain(value);
                causes.invalid_each(&path.child("values").index(index), value, messages);
            }
        }
    }
}

fn pod_term(causes: &mut Causes, path: &FieldPath, term: &PodAffinityTerm) {
    metadata::label_selector(causes, &path.child("labelSelector"), term.label_selector.as_ref());
    let namespaces = term.namespace_selector.as_ref();
    metadata::label_selector(causes, &path.child("namespaceSelector"), namespaces);
    for name in term.namespaces.iter().flatten() {
        causes.invalid_each(&path.child("namespace"), name, text::dns1123_label(name));
    }
    for (field, keys) in [
        ("matchLabelKeys", &term.match_label_keys),
        ("mismatchLabelKeys", &term.mismatch_label_keys),
    ] {
        let keys = keys.clone().unwrap_or_default();
        if !keys.is_empty() && term.label_selector.is_none() {
            causes.forbidden(
                &path.child(field),
                "must not be specified when labelSelector is not set",
            );
        } else {
            for (index, key) in keys.iter().enumerate() {
                metadata::label_name(causes, &path.child(field).index(index), key);
            }
        }
    }
    if term.topology_key.is_empty() {
        causes.required(&path.child("topologyKey"), "can not be empty");
    }
    metadata::label_name(causes, &path.child("topologyKey"), &term.topology_key);
}

pub(super) fn topology_spread(
    causes: &mut Causes,
    path: &FieldPath,
    constraints: &[TopologySpreadConstraint],
) {
    for (index, constraint) in constraints.iter().enumerate() {
        let path = path.index(index);
        if constraint.max_skew <= 0 {
            causes.invalid(
                &path.child("maxSkew"),
                constraint.max_skew,
                "must be greater than zero",
            );
        }
        if constraint.topology_key.is_empty() {
            causes.required(&path.child("topologyKey"), "can not be empty");
        }
        causes.one_of(
            &path.child("whenUnsatisfiable"),
            &constraint.when_unsatisfiable,
            &["DoNotSchedule", "ScheduleAnyway"],
        );
        let repeated = constraints[index + 1..].iter().any(|other| {
            other.topology_key == constraint.topology_key
                && other.when_unsatisfiable == constraint.when_unsatisfiable
        });
        if repeated {
            let pair =
                format!("{{{}, {}}}", constraint.topology_key, constraint.when_unsatisfiable);
            causes.duplicate(&path.child("{topologyKey, whenUnsatisfiable}"), pair);
        }
        if let Some(domains) = constraint.min_domains {
            let path = path.child("minDomains");
            if domains <= 0 {
                causes.invalid(&path, domains, "must be greater than zero");
            }
            if constraint.when_unsatisfiable != "DoNotSchedule" {
                causes.invalid(
                    &path,
                    domains,
                    format!(
                        "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                        constraint.when_unsatisfiable
                    ),
                );
            }
        }
        for (field, policy) in [
            ("nodeAffinityPolicy", &constraint.node_affinity_policy),
            ("nodeTaintsPolicy", &constraint.node_taints_policy),
        ] {
            if let Some(policy) = policy {
                causes.one_of(&path.child(field), policy, &["Honor", "Ignore"]);
            }
        }
        let selector = constraint.label_selector.as_ref();
        let keys = constraint.match_label_keys.clone().unwrap_or_default();
        if !keys.is_empty() && selector.is_none() {
            causes.forbidden(
                &path.child("matchLabelKeys"),
                "must not be specified when labelSelector is not set",
            );
        }
        for (index, key) in keys.iter().enumerate() {
            metadata::label_name(causes, &path.child("matchLabelKeys").index(index), key);
        }
        metadata::label_selector(causes, &path.child("labelSelector"), selector);
    }
}
