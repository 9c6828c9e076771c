//! ConfigMaps, Secrets, Namespaces and Nodes.
//!
//! Models `ValidateConfigMap`, `ValidateSecret`, `ValidateNamespace` and `ValidateNode` in
//! `pkg/apis/core/validation/validation.go`.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Secret};
use manifest::FieldPath;

use super::pod::taint_effect;
use super::{Causes, metadata, text};

/// What a ConfigMap or Secret may hold, in bytes.
const MOST_DATA: usize = 1024 * 1024;

const IMMUTABLE: &str = "field is immutable when `immutable` is set";

pub(super) fn config_map(causes: &mut Causes, config_map: &ConfigMap) {
    let binary = config_map.binary_data.clone().unwrap_or_default();
    let mut size = 0;
    for (key, value) in config_map.data.iter().flatten() {
        let path = FieldPath::of("data").key(key);
        causes.invalid_each(&path, key, text::config_map_key(key));
        if binary.contains_key(key) {
            causes.invalid(&path, key, "duplicate of key present in binaryData");
        }
        size += value.len();
    }
    for (key, ByteString(value)) in &binary {
        causes.invalid_each(&FieldPath::of("binaryData").key(key), key, text::config_map_key(key));
        size += value.len();
    }
    if size > MOST_DATA {
        causes.too_long(&FieldPath::of("[]"), MOST_DATA);
    }
}

pub(super) fn config_map_update(causes: &mut Causes, before: &ConfigMap, after: &ConfigMap) {
    if before.immutable != Some(true) {
        return;
    }
    if after.immutable != Some(true) {
        causes.forbidden(&FieldPath::of("immutable"), IMMUTABLE);
    }
    if before.data != after.data {
        causes.forbidden(&FieldPath::of("data"), IMMUTABLE);
    }
    if before.binary_data != after.binary_data {
        causes.forbidden(&FieldPath::of("binaryData"), IMMUTABLE);
    }
}

pub(super) fn secret(causes: &mut Causes, secret: &Secret) {
    let path = FieldPath::of("data");
    let data = secret.data.clone().unwrap_or_default();
    let mut size = 0;
    for (key, ByteString(value)) in &data {
        causes.invalid_each(&path.key(key), key, text::config_map_key(key));
        size += value.len();
    }
    if size > MOST_DATA {
        causes.too_long(&path, MOST_DATA);
    }
    let mut required = |key: &str| {
        if !data.contains_key(key) {
            causes.required(&path.key(key), "");
        }
    };
    match secret.type_.as_deref().unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            let annotations = secret.metadata.annotations.as_ref();
            if annotations
                .and_then(|annotations| annotations.get(NAME))
                .is_none_or(String::is_empty)
            {
                causes.required(&FieldPath::of("metadata.annotations").key(NAME), "");
            }
        }
        "kubernetes.io/dockercfg" => docker_config(causes, secret, ".dockercfg"),
        "kubernetes.io/dockerconfigjson" => docker_config(causes, secret, ".dockerconfigjson"),
        "kubernetes.io/basic-auth"
            if !data.contains_key("username") && !data.contains_key("password") =>
        {
            required("username");
            required("password");
        }
        "kubernetes.io/ssh-auth"
            if data.get("ssh-privatekey").is_none_or(|ByteString(key)| key.is_empty()) =>
        {
            causes.required(&path.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => {
            required("tls.crt");
            required("tls.key");
        }
        _ => {}
    }
}

pub(super) fn secret_update(causes: &mut Causes, before: &Secret, after: &Secret) {
    if before.type_ != after.type_ {
        causes.invalid(&FieldPath::of("type"), &after.type_, "field is immutable");
    }
    if before.immutable == Some(true) {
        if after.immutable != Some(true) {
            causes.forbidden(&FieldPath::of("immutable"), IMMUTABLE);
        }
        if before.data != after.data {
            causes.forbidden(&FieldPath::of("data"), IMMUTABLE);
        }
    }
}

fn docker_config(causes: &mut Causes, secret: &Secret, key: &str) {
    let path = FieldPath::of("data").key(key);
    let Some(ByteString(bytes)) = secret.data.as_ref().and_then(|data| data.get(key)) else {
        causes.required(&path, "");
        return;
    };
    if let Err(problem) =
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes)
    {
        let detail = go_json_problem(bytes, &problem);
        causes.invalid(&path, "<secret contents redacted>", detail);
    }
}

/// What Go's JSON says of a text that is no object.
fn go_json_problem(bytes: &[u8], problem: &serde_json::Error) -> String {
    if problem.is_eof() {
        return "unexpected end of JSON input".into();
    }
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(&first) if !b"{[\"-0123456789tfn".contains(&first) => format!(
            "invalid character {} looking for beginning of value",
            format_args!("'{}'", char::from(first))
        ),
        _ => problem.to_string(),
    }
}

pub(super) fn node(causes: &mut Causes, node: &Node) {
    let spec = node.spec.clone().unwrap_or_default();
    for (index, taint) in spec.taints.iter().flatten().enumerate() {
        let path = FieldPath::of("spec.taints").index(index);
        metadata::label_name(causes, &path.child("key"), &taint.key);
        let value = taint.value.as_deref().unwrap_or_default();
        let messages = text::label_value(value);
        if !messages.is_empty() {
            causes.invalid(&path.child("value"), value, messages.join(";"));
        }
        if taint.effect.is_empty() {
            causes.required(&path.child("effect"), "");
        } else {
            taint_effect(causes, &path.child("effect"), &taint.effect);
        }
    }
}
