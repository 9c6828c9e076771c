//! `kubectl get networkpolicies`, `printNetworkPolicy`.

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::{Column, View, column, text};
use crate::labels;

pub(super) const COLUMNS: &[Column] = &[column("NAME"), column("POD-SELECTOR"), column("AGE")];

pub(super) fn row(policy: &NetworkPolicy, view: &View) -> Vec<String> {
    let selector = policy.spec.as_ref().and_then(|spec| spec.pod_selector.as_ref());
    vec![
        text(policy.metadata.name.as_ref()),
        labels::format_selector(selector),
        super::age(&policy.metadata, view),
    ]
}
