//! Node selectors, node affinity and tolerations, term by term.
//!
//! Models `k8s.io/component-helpers/scheduling/corev1`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration,
};

use crate::pods;
use crate::selector::includes;

/// Whether a node is what the Pod's `nodeSelector` and required node affinity ask for.
pub fn matches_node_selection(pod: &Pod, node: &Node) -> bool {
    let spec = pods::spec(pod);
    let required =
        spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref()).and_then(
            |affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref(),
        );
    includes(spec.node_selector.as_ref(), node.metadata.labels.as_ref())
        && required.is_none_or(|required| {
            required.node_selector_terms.iter().any(|term| matches_term(term, node))
        })
}

/// Whether a node meets every requirement of a term; a term without any meets no node.
pub fn matches_term(term: &NodeSelectorTerm, node: &Node) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let names =
        BTreeMap::from([("metadata.name".to_owned(), pods::name(&node.metadata).to_owned())]);
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(|requirement| meets(requirement, node.metadata.labels.as_ref()))
        && fields.iter().all(|requirement| meets(requirement, Some(&names)))
}

/// Whether one of the tolerations tolerates the taint: `Toleration.ToleratesTaint`.
pub fn tolerates(tolerations: Option<&Vec<Toleration>>, taint: &Taint) -> bool {
    tolerations.into_iter().flatten().any(|toleration| tolerates_taint(toleration, taint))
}

/// Whether this toleration tolerates the taint.
pub fn tolerates_taint(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    let value = toleration.value.as_deref().unwrap_or_default();
    let own = taint.value.as_deref().unwrap_or_default();
    (effect.is_empty() || effect == taint.effect)
        && (key.is_empty() || key == taint.key)
        && match toleration.operator.as_deref().unwrap_or("Equal") {
            "Exists" => true,
            "" | "Equal" => !key.is_empty() && value == own,
            "Gt" => compare(own, value).is_some_and(|order| order.is_gt()),
            "Lt" => compare(own, value).is_some_and(|order| order.is_lt()),
            _ => false,
        }
}

fn meets(requirement: &NodeSelectorRequirement, labels: Option<&BTreeMap<String, String>>) -> bool {
    let found = labels.and_then(|labels| labels.get(&requirement.key));
    let values = requirement.values.as_deref().unwrap_or_default();
    let among = found.is_some_and(|found| values.contains(found));
    match requirement.operator.as_str() {
        "In" => among,
        "NotIn" => !among,
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => found
            .zip(values.first())
            .and_then(|(a, b)| compare(a, b))
            .is_some_and(|order| order.is_gt()),
        "Lt" => found
            .zip(values.first())
            .and_then(|(a, b)| compare(a, b))
            .is_some_and(|order| order.is_lt()),
        _ => false,
    }
}

fn compare(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(a.parse::<i64>().ok()?.cmp(&b.parse::<i64>().ok()?))
}
