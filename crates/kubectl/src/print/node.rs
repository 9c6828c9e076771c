//! `kubectl get nodes`, `printNode`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, NodeStatus};

use super::{Column, View, column, text, wide};

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("STATUS"),
    column("ROLES"),
    column("AGE"),
    column("VERSION"),
    wide("INTERNAL-IP"),
    wide("EXTERNAL-IP"),
    wide("OS-IMAGE"),
    wide("KERNEL-VERSION"),
    wide("CONTAINER-RUNTIME"),
];

pub(super) fn row(node: &Node, view: &View) -> Vec<String> {
    let none = NodeStatus::default();
    let status = node.status.as_ref().unwrap_or(&none);
    let ready = status.conditions.iter().flatten().rfind(|condition| condition.type_ == "Ready");
    let mut words = match ready {
        Some(condition) if condition.status == "True" => vec!["Ready"],
        Some(_) => vec!["NotReady"],
        None => vec!["Unknown"],
    };
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        words.push("SchedulingDisabled");
    }
    let info = status.node_info.as_ref();
    let known = |text: Option<&String>| {
        text.filter(|text| !text.is_empty()).cloned().unwrap_or("<unknown>".into())
    };
    let mut cells = vec![
        text(node.metadata.name.as_ref()),
        words.join(","),
        roles(node),
        super::age(&node.metadata, view),
        text(info.map(|info| &info.kubelet_version)),
    ];
    if view.wide {
        cells.extend([
            address(status, "InternalIP"),
            address(status, "ExternalIP"),
            known(info.map(|info| &info.os_image)),
            kernel(
                known(info.map(|info| &info.kernel_version)),
                info.map(|info| &info.architecture),
            ),
            known(info.map(|info| &info.container_runtime_version)),
        ]);
    }
    cells
}

/// `control-plane,worker`, or `<none>`.
pub(crate) fn roles(node: &Node) -> String {
    let labels = node.metadata.labels.iter().flatten();
    let roles: BTreeSet<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => Some(value.as_str()),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    if roles.is_empty() { "<none>".into() } else { roles.into_iter().collect::<Vec<_>>().join(",") }
}

/// The kernel's version, with the machine's architecture if that is known.
fn kernel(version: String, architecture: Option<&String>) -> String {
    match architecture.filter(|architecture| !architecture.is_empty()) {
        Some(architecture) => format!("{version} ({architecture})"),
        None => version,
    }
}

fn address(status: &NodeStatus, type_: &str) -> String {
    let found = status.addresses.iter().flatten().find(|address| address.type_ == type_);
    found.map_or_else(|| "<none>".into(), |address| address.address.clone())
}
