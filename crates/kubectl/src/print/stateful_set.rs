//! `kubectl get statefulsets`, `printStatefulSet`.

use k8s_openapi::api::apps::v1::StatefulSet;

use super::{Column, View, column, text, wide};

pub(super) const COLUMNS: &[Column] =
    &[column("NAME"), column("READY"), column("AGE"), wide("CONTAINERS"), wide("IMAGES")];

pub(super) fn row(set: &StatefulSet, view: &View) -> Vec<String> {
    let spec = set.spec.as_ref();
    let desired = spec.and_then(|spec| spec.replicas).unwrap_or_default();
    let ready = set.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    let mut cells = vec![
        text(set.metadata.name.as_ref()),
        format!("{ready}/{desired}"),
        super::age(&set.metadata, view),
    ];
    if view.wide {
        cells.extend(super::template_containers(spec.map(|spec| &spec.template)));
    }
    cells
}
