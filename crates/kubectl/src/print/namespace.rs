//! `kubectl get namespaces`, `printNamespace`.

use k8s_openapi::api::core::v1::Namespace;

use super::{Column, View, column, text};

pub(super) const COLUMNS: &[Column] = &[column("NAME"), column("STATUS"), column("AGE")];

pub(super) fn row(namespace: &Namespace, view: &View) -> Vec<String> {
    let phase = namespace.status.as_ref().and_then(|status| status.phase.as_ref());
    vec![text(namespace.metadata.name.as_ref()), text(phase), super::age(&namespace.metadata, view)]
}
