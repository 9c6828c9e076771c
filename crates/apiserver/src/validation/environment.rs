//! Environment variables and where their values come from.
//!
//! Models `ValidateEnv`, `validateEnvVarValueFrom` and `ValidateEnvFrom` in
//! `pkg/apis/core/validation/validation.go`.

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector,
};
use manifest::{FieldPath, Quantity};

use super::{Causes, text};

/// Fields of a Pod that a variable may show.
const POD_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Amounts of a container that a variable or a file may show.
const RESOURCE_FIELDS: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

const BYTE_DIVISORS: &str = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

pub(super) fn variables(causes: &mut Causes, path: &FieldPath, variables: &[EnvVar]) {
    for (index, variable) in variables.iter().enumerate() {
        let path = path.index(index);
        if variable.name.is_empty() {
            causes.required(&path.child("name"), "");
        } else {
            let messages = text::environment_variable(&variable.name);
            causes.invalid_each(&path.child("name"), &variable.name, messages);
        }
        if let Some(source) = &variable.value_from {
            let value = variable.value.as_deref().unwrap_or_default();
            value_from(causes, &path.child("valueFrom"), source, value);
        }
    }
}

fn value_from(causes: &mut Causes, path: &FieldPath, source: &EnvVarSource, value: &str) {
    let mut sources = 0;
    if let Some(field) = &source.field_ref {
        sources += 1;
        field_ref(causes, &path.child("fieldRef"), field, POD_FIELDS);
    }
    if let Some(resource) = &source.resource_field_ref {
        sources += 1;
        resource_field_ref(causes, &path.child("resourceFieldRef"), resource, false);
    }
    if let Some(key) = &source.config_map_key_ref {
        sources += 1;
        object_key(causes, &path.child("configMapKeyRef"), &key.name, &key.key);
    }
    if let Some(key) = &source.secret_key_ref {
        sources += 1;
        object_key(causes, &path.child("secretKeyRef"), &key.name, &key.key);
    }
    if source.file_key_ref.is_some() {
        sources += 1;
    }
    if sources == 0 {
        causes.invalid(
            path,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        );
    } else if !value.is_empty() {
        causes.invalid(path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        causes.invalid(path, "", "may not have more than one field specified at a time");
    }
}

/// A reference to a field of the Pod.
pub(super) fn field_ref(
    causes: &mut Causes,
    path: &FieldPath,
    field: &ObjectFieldSelector,
    allowed: &[&str],
) {
    let field_path = path.child("fieldPath");
    if field.field_path.is_empty() {
        causes.required(&field_path, "");
        return;
    }
    let version = field.api_version.as_deref().unwrap_or_default();
    if version != "v1" {
        causes.invalid(
            &field_path,
            &field.field_path,
            format!("error converting fieldPath: unsupported pod version: {version}"),
        );
        return;
    }
    let name = match field.field_path.as_str() {
        "spec.host" => "spec.nodeName",
        name => name,
    };
    if let Some((map, key)) = name.strip_suffix(']').and_then(|name| name.split_once('['))
        && let Some(key) = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\''))
    {
        match map {
            "metadata.annotations" => {
                causes.invalid_each(
                    path,
                    key.to_lowercase(),
                    text::qualified_name(&key.to_lowercase()),
                );
            }
            "metadata.labels" => causes.invalid_each(path, key, text::qualified_name(key)),
            _ => causes.invalid(
                &field_path,
                &field.field_path,
                format!(
                    "error converting fieldPath: field label does not support subscript: {name}"
                ),
            ),
        }
        return;
    }
    const CONVERTIBLE: &[&str] = &[
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.serviceAccountName",
        "spec.schedulerName",
        "status.phase",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    if !CONVERTIBLE.contains(&name) {
        causes.invalid(
            &field_path,
            &field.field_path,
            format!("error converting fieldPath: field label not supported: {name}"),
        );
    } else if !allowed.contains(&name) {
        let mut allowed = allowed.to_vec();
        allowed.sort_unstable();
        causes.unsupported(&field_path, name, &allowed);
    }
}

/// A reference to an amount of a container.
pub(super) fn resource_field_ref(
    causes: &mut Causes,
    path: &FieldPath,
    field: &ResourceFieldSelector,
    in_volume: bool,
) {
    let name = field.resource.as_str();
    let huge_pages =
        name.starts_with("requests.hugepages-") || name.starts_with("limits.hugepages-");
    if in_volume && field.container_name.as_deref().unwrap_or_default().is_empty() {
        causes.required(&path.child("containerName"), "");
    } else if name.is_empty() {
        causes.required(&path.child("resource"), "");
    } else if !RESOURCE_FIELDS.contains(&name) && !huge_pages {
        causes.unsupported(&path.child("resource"), name, RESOURCE_FIELDS);
    }
    let Some(divisor) = field.divisor.as_ref().map(Quantity::of) else { return };
    let shown = divisor.to_string();
    if shown == "0" {
        return;
    }
    let cpu = matches!(name, "limits.cpu" | "requests.cpu");
    if cpu && !["1m", "1"].contains(&shown.as_str()) {
        causes.invalid(
            &path.child("divisor"),
            name,
            "only divisor's values 1m and 1 are supported with the cpu resource",
        );
    } else if !cpu && !BYTE_DIVISORS.split(", ").any(|allowed| allowed == shown) {
        let what = match name {
            "limits.memory" | "requests.memory" => "memory",
            "limits.ephemeral-storage" | "requests.ephemeral-storage" => "local ephemeral storage",
            _ if huge_pages => "hugepages",
            _ => return,
        };
        causes.invalid(
            &path.child("divisor"),
            name,
            format!("only divisor's values {BYTE_DIVISORS} are supported with the {what} resource"),
        );
    }
}

fn object_key(causes: &mut Causes, path: &FieldPath, name: &str, key: &str) {
    causes.invalid_each(&path.child("name"), name, text::dns1123_subdomain(name));
    if key.is_empty() {
        causes.required(&path.child("key"), "");
    } else {
        causes.invalid_each(&path.child("key"), key, text::config_map_key(key));
    }
}

pub(super) fn sources(causes: &mut Causes, path: &FieldPath, sources: &[EnvFromSource]) {
    for (index, source) in sources.iter().enumerate() {
        let at = path.index(index);
        if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            causes.invalid_each(&at.child("prefix"), prefix, text::environment_variable(prefix));
        }
        let config_map =
            source.config_map_ref.as_ref().map(|source| ("configMapRef", &source.name));
        let secret = source.secret_ref.as_ref().map(|source| ("secretRef", &source.name));
        for (field, name) in [config_map, secret].into_iter().flatten() {
            let path = at.child(field).child("name");
            if name.is_empty() {
                causes.required(&path, "");
            } else {
                causes.invalid_each(&path, name, text::dns1123_subdomain(name));
            }
        }
        match (config_map, secret) {
            (None, None) => {
                causes.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
            }
            (Some(_), Some(_)) => {
                causes.invalid(path, "", "may not have more than one field specified at a time");
            }
            _ => {}
        }
    }
}
