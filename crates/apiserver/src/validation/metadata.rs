//! Names, labels, annotations, finalizers and owners.
//!
//! Models `k8s.io/apimachinery/pkg/api/validation/objectmeta.go` and
//! `k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use manifest::{FieldPath, Kind};

use super::{Causes, text};

/// All annotations of an object together, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// What the name of a kind must look like.
fn name_rule(kind: Kind) -> fn(&str) -> Vec<String> {
    match kind {
        Kind::Service | Kind::Namespace => text::dns1123_label,
        Kind::Role | Kind::RoleBinding | Kind::ClusterRole | Kind::ClusterRoleBinding => {
            path_segment
        }
        _ => text::dns1123_subdomain,
    }
}

/// A name that may stand in a URL.
pub(crate) fn path_segment(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    ['/', '%']
        .into_iter()
        .filter(|&character| name.contains(character))
        .map(|character| format!("may not contain '{character}'"))
        .collect()
}

/// The metadata of an object that is created or changed.
pub(super) fn object_meta(causes: &mut Causes, kind: Kind, metadata: &ObjectMeta) {
    let path = FieldPath::of("metadata");
    if let Some(generate) = metadata.generate_name.as_deref().filter(|name| !name.is_empty()) {
        // The random suffix may complete what ends in a dash.
        let masked = generate.strip_suffix('-').map(|name| format!("{name}a"));
        let messages = name_rule(kind)(masked.as_deref().unwrap_or(generate));
        causes.invalid_each(&path.child("generateName"), generate, messages);
    }
    match metadata.name.as_deref().unwrap_or_default() {
        "" => causes.required(&path.child("name"), "name or generateName is required"),
        name => causes.invalid_each(&path.child("name"), name, name_rule(kind)(name)),
    }
    if kind.resource().namespaced {
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        causes.invalid_each(&path.child("namespace"), namespace, text::dns1123_label(namespace));
    }
    if let Some(generation) = metadata.generation {
        causes.nonnegative(&path.child("generation"), generation);
    }
    labels(causes, &path.child("labels"), metadata.labels.as_ref());
    annotations(causes, &path.child("annotations"), metadata.annotations.as_ref());
    owners(causes, metadata);
    for finalizer in metadata.finalizers.iter().flatten() {
        let messages = text::qualified_name(finalizer);
        causes.invalid_each(&path.child("finalizers"), finalizer, messages);
    }
    for (index, finalizer) in metadata.finalizers.iter().flatten().enumerate() {
        let standard = ["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer.as_str());
        if !finalizer.contains('/') && !standard {
            causes.invalid(
                &path.child("finalizers").index(index),
                finalizer,
                "name is neither a standard finalizer name nor is it fully qualified",
            );
        }
    }
}

fn owners(causes: &mut Causes, metadata: &ObjectMeta) {
    let path = FieldPath::of("metadata.ownerReferences");
    let mut controller: Option<&str> = None;
    for owner in metadata.owner_references.iter().flatten() {
        let version = owner.api_version.rsplit('/').next().unwrap_or_default();
        if version.is_empty() {
            causes.invalid(
                &path.child("apiVersion"),
                &owner.api_version,
                "version must not be empty",
            );
        }
        for (field, value) in [("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)] {
            if value.is_empty() {
                causes.invalid(&path.child(field), value, "must not be empty");
            }
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            causes.invalid_shown(
                &path,
                &super::causes::show(manifest::to_json(owner)),
                "/v1, Kind=Event is disallowed from being an owner",
            );
        }
        if owner.controller == Some(true) {
            match controller {
                None => controller = Some(&owner.name),
                Some(first) => {
                    let shown = super::causes::show(manifest::to_json(&metadata.owner_references));
                    causes.invalid_shown(
                        &path,
                        &shown,
                        format!(
                            "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {}",
                            owner.name
                        ),
                    );
                }
            }
        }
    }
}

/// Keys and values of labels.
pub(super) fn labels(
    causes: &mut Causes,
    path: &FieldPath,
    labels: Option<&BTreeMap<String, String>>,
) {
    for (key, value) in labels.into_iter().flatten() {
        causes.invalid_each(path, key, text::qualified_name(key));
        causes.invalid_each(path, value, text::label_value(value));
    }
}

/// The name of a label.
pub(super) fn label_name(causes: &mut Causes, path: &FieldPath, name: &str) {
    causes.invalid_each(path, name, text::qualified_name(name));
}

/// Keys of annotations, in any case, and their size together.
pub(super) fn annotations(
    causes: &mut Causes,
    path: &FieldPath,
    annotations: Option<&BTreeMap<String, String>>,
) {
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        causes.invalid_each(path, key, text::qualified_name(&key.to_lowercase()));
        size += key.len() + value.len();
    }
    if size > MOST_ANNOTATIONS {
        causes.too_long(path, MOST_ANNOTATIONS);
    }
}

/// A label selector.
pub(super) fn label_selector(
    causes: &mut Causes,
    path: &FieldPath,
    selector: Option<&LabelSelector>,
) {
    let Some(selector) = selector else { return };
    labels(causes, &path.child("matchLabels"), selector.match_labels.as_ref());
    for (index, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        let path = path.child("matchExpressions").index(index);
        let values = requirement.values.clone().unwrap_or_default();
        match requirement.operator.as_str() {
            "In" | "NotIn" => {
                if values.is_empty() {
                    causes.required(
                        &path.child("values"),
                        "must be specified when `operator` is 'In' or 'NotIn'",
                    );
                }
            }
            "Exists" | "DoesNotExist" => {
                if !values.is_empty() {
                    causes.forbidden(
                        &path.child("values"),
                        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                    );
                }
            }
            operator => {
                causes.invalid(&path.child("operator"), operator, "not a valid selector operator")
            }
        }
        label_name(causes, &path.child("key"), &requirement.key);
        for (index, value) in values.iter().enumerate() {
            causes.invalid_each(
                &path.child("values").index(index),
                value,
                text::label_value(value),
            );
        }
    }
}

/// Whether labels satisfy a selector; `None` if the selector itself is malformed.
pub(super) fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> Option<bool> {
    let exact = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key).is_some_and(|label| label == value));
    let mut all = exact;
    for requirement in selector.match_expressions.iter().flatten() {
        let values = requirement.values.clone().unwrap_or_default();
        let value = labels.get(&requirement.key);
        all &= match requirement.operator.as_str() {
            "In" if !values.is_empty() => value.is_some_and(|value| values.contains(value)),
            "NotIn" if !values.is_empty() => value.is_none_or(|value| !values.contains(value)),
            "Exists" if values.is_empty() => value.is_some(),
            "DoesNotExist" if values.is_empty() => value.is_none(),
            _ => return None,
        };
    }
    Some(all)
}
