//! `kubectl get daemonsets`, `printDaemonSet`.

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};

use super::{Column, View, column, text, wide};
use crate::labels;

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("DESIRED"),
    column("CURRENT"),
    column("READY"),
    column("UP-TO-DATE"),
    column("AVAILABLE"),
    column("NODE SELECTOR"),
    column("AGE"),
    wide("CONTAINERS"),
    wide("IMAGES"),
    wide("SELECTOR"),
];

pub(super) fn row(set: &DaemonSet, view: &View) -> Vec<String> {
    let none = DaemonSetStatus::default();
    let status = set.status.as_ref().unwrap_or(&none);
    let spec = set.spec.as_ref();
    let node_selector = spec
        .and_then(|spec| spec.template.spec.as_ref())
        .and_then(|template| template.node_selector.as_ref());
    let mut cells = vec![
        text(set.metadata.name.as_ref()),
        status.desired_number_scheduled.to_string(),
        status.current_number_scheduled.to_string(),
        status.number_ready.to_string(),
        status.updated_number_scheduled.unwrap_or_default().to_string(),
        status.number_available.unwrap_or_default().to_string(),
        labels::format(node_selector),
        super::age(&set.metadata, view),
    ];
    if view.wide {
        cells.extend(super::template_containers(spec.map(|spec| &spec.template)));
        cells.push(labels::format_selector(spec.map(|spec| &spec.selector)));
    }
    cells
}
