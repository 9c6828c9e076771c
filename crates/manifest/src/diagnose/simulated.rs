//! What is accepted and stored, and has no effect in Podhop.
//!
//! Nothing is passed over in silence: a learner must know where the likeness ends.

use crate::document::Document;
use crate::schema::{self, FieldType, Struct};
use crate::yaml::{Content, Node};
use crate::{Diagnostic, FieldPath, Severity};

/// Fields without effect: struct and field.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("api.core.v1.Container", "lifecycle"),
    ("api.core.v1.Container", "resizePolicy"),
    ("api.core.v1.Container", "securityContext"),
    ("api.core.v1.Container", "volumeDevices"),
    ("api.core.v1.PodSpec", "ephemeralContainers"),
    ("api.core.v1.PodSpec", "imagePullSecrets"),
    ("api.core.v1.PodSpec", "overhead"),
    ("api.core.v1.PodSpec", "priorityClassName"),
    ("api.core.v1.PodSpec", "resourceClaims"),
    ("api.core.v1.PodSpec", "runtimeClassName"),
    ("api.core.v1.PodSpec", "schedulingGates"),
    ("api.core.v1.PodSpec", "securityContext"),
    ("api.core.v1.PodSpec", "shareProcessNamespace"),
    ("api.core.v1.ServiceSpec", "loadBalancerClass"),
];

/// Says what of an accepted document has no effect.
pub fn check(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let (Some(kind), Some(node)) = (document.kind, &document.node) else { return };
    if !kind.resource().simulated {
        let message = format!("accepted, not simulated: `{kind}`");
        let diagnostic = Diagnostic::new(Severity::NotSimulated, message);
        let span = node.locate(&FieldPath::of("kind"));
        diagnostics.push(diagnostic.at(FieldPath::of("kind")).span(span));
    } else if let Some(owner) = schema::of(kind, &document.api_version) {
        fields(owner, node, &FieldPath::root(), diagnostics);
    }
}

fn fields(
    owner: &'static Struct,
    node: &Node,
    path: &FieldPath,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (key, entry) in node.entries().into_iter().flatten() {
        let Some(field) = owner.fields.get(key.as_str()).filter(|_| key != "status") else {
            continue;
        };
        let here = path.child_named(key);
        if WITHOUT_EFFECT.contains(&(owner.name, key.as_str())) && !is_empty(&entry.value) {
            diagnostics.push(
                Diagnostic::new(
                    Severity::NotSimulated,
                    format!("accepted, not simulated: `{here}`"),
                )
                .at(here)
                .span(entry.key_span),
            );
            continue;
        }
        inner(&field.holds, &entry.value, &here, diagnostics);
    }
}

fn inner(
    holds: &'static FieldType,
    node: &Node,
    path: &FieldPath,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match holds {
        FieldType::Struct(name) => {
            if let Some(owner) = schema::definition(name) {
                fields(owner, node, path, diagnostics);
            }
        }
        FieldType::List(item) if item.inner_struct().is_some() => {
            for (index, node) in node.items().iter().enumerate() {
                inner(item, node, &path.index(index), diagnostics);
            }
        }
        FieldType::List(_)
        | FieldType::Map(..)
        | FieldType::String(_)
        | FieldType::Int32
        | FieldType::Int64
        | FieldType::Float
        | FieldType::Bool
        | FieldType::Bytes
        | FieldType::Time
        | FieldType::MicroTime
        | FieldType::Quantity
        | FieldType::IntOrString
        | FieldType::Any => {}
    }
}

/// Whether a value says nothing: `{}`, `[]`, `null`.
fn is_empty(node: &Node) -> bool {
    match &node.content {
        Content::Null => true,
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(entries) => entries.is_empty(),
        Content::Bool(_) | Content::Int(_) | Content::Float(_) | Content::String(_) => false,
    }
}
