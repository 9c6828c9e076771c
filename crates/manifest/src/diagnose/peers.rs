//! The dash that turns AND into OR in a NetworkPolicy.
//!
//! `- namespaceSelector: …` followed by `- podSelector: …` are two peers, either of which is let in;
//! without the second dash they are one peer that must fulfil both.

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use crate::document::Document;
use crate::{Diagnostic, FieldPath, Object};

/// Warns of two peers that were probably meant as one.
pub fn check(document: &Document, object: &Object, diagnostics: &mut Vec<Diagnostic>) {
    let Object::NetworkPolicy(policy) = object else { return };
    let Some(spec) = &policy.spec else { return };
    for (index, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = FieldPath::of("spec.ingress").index(index).child("from");
        peers(document, &path, rule.from.as_deref().unwrap_or_default(), diagnostics);
    }
    for (index, rule) in spec.egress.iter().flatten().enumerate() {
        let path = FieldPath::of("spec.egress").index(index).child("to");
        peers(document, &path, rule.to.as_deref().unwrap_or_default(), diagnostics);
    }
}

fn peers(
    document: &Document,
    path: &FieldPath,
    peers: &[NetworkPolicyPeer],
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Three or more alternatives are a list on purpose.
    let [first, second] = peers else { return };
    let namespaces =
        |peer: &NetworkPolicyPeer| peer.namespace_selector.is_some() && peer.pod_selector.is_none();
    let pods =
        |peer: &NetworkPolicyPeer| peer.pod_selector.is_some() && peer.namespace_selector.is_none();
    if !(namespaces(first) && pods(second) || pods(first) && namespaces(second)) {
        return;
    }
    let here = path.index(1);
    let diagnostic = Diagnostic::warning(
        "these are two peers, and either is enough: every Pod of the chosen namespaces, and the chosen Pods of the policy's own namespace",
    )
    .hint("for the chosen Pods of the chosen namespaces only, remove the second dash, so that one item holds both selectors")
    .at(here.clone());
    diagnostics.push(match document.locate(&here) {
        Some(span) => diagnostic.span(span),
        None => diagnostic,
    });
}
