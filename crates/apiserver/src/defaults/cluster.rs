//! Defaults of Namespaces, Nodes and Secrets.
//!
//! Models `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/v1/conversion.go` (a Secret's `stringData`) and
//! `pkg/registry/core/namespace/strategy.go`.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Namespace, Node, Secret};

use super::text;

pub(super) fn namespace(namespace: &mut Namespace) {
    if let Some(name) = namespace.metadata.name.clone().filter(|name| !name.is_empty()) {
        let labels = namespace.metadata.labels.get_or_insert_default();
        labels.insert("kubernetes.io/metadata.name".into(), name);
    }
    text(&mut namespace.status.get_or_insert_default().phase, "Active");
}

pub(super) fn node(node: &mut Node) {
    let status = node.status.get_or_insert_default();
    if status.allocatable.is_none() {
        status.allocatable.clone_from(&status.capacity);
    }
}

pub(super) fn secret(secret: &mut Secret) {
    for (key, value) in secret.string_data.take().unwrap_or_default() {
        secret.data.get_or_insert_default().insert(key, ByteString(value.into_bytes()));
    }
    text(&mut secret.type_, "Opaque");
}
