//! `kubectl get replicasets`, `printReplicaSet`.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};

use super::{Column, View, column, text, wide};
use crate::labels;

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("DESIRED"),
    column("CURRENT"),
    column("READY"),
    column("AGE"),
    wide("CONTAINERS"),
    wide("IMAGES"),
    wide("SELECTOR"),
];

pub(super) fn row(set: &ReplicaSet, view: &View) -> Vec<String> {
    let none = ReplicaSetStatus::default();
    let status = set.status.as_ref().unwrap_or(&none);
    let spec = set.spec.as_ref();
    let mut cells = vec![
        text(set.metadata.name.as_ref()),
        spec.and_then(|spec| spec.replicas).unwrap_or_default().to_string(),
        status.replicas.to_string(),
        status.ready_replicas.unwrap_or_default().to_string(),
        super::age(&set.metadata, view),
    ];
    if view.wide {
        cells.extend(super::template_containers(spec.and_then(|spec| spec.template.as_ref())));
        cells.push(labels::format_selector(spec.map(|spec| &spec.selector)));
    }
    cells
}
