//! `kubectl get deployments`, `printDeployment`.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};

use super::{Column, View, column, text, wide};
use crate::labels;

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("READY"),
    column("UP-TO-DATE"),
    column("AVAILABLE"),
    column("AGE"),
    wide("CONTAINERS"),
    wide("IMAGES"),
    wide("SELECTOR"),
];

pub(super) fn row(deployment: &Deployment, view: &View) -> Vec<String> {
    let none = DeploymentStatus::default();
    let status = deployment.status.as_ref().unwrap_or(&none);
    let spec = deployment.spec.as_ref();
    let desired = spec.and_then(|spec| spec.replicas).unwrap_or_default();
    let mut cells = vec![
        text(deployment.metadata.name.as_ref()),
        format!("{}/{desired}", status.ready_replicas.unwrap_or_default()),
        status.updated_replicas.unwrap_or_default().to_string(),
        status.available_replicas.unwrap_or_default().to_string(),
        super::age(&deployment.metadata, view),
    ];
    if view.wide {
        cells.extend(super::template_containers(spec.map(|spec| &spec.template)));
        cells.push(spec.map(|spec| labels::selector_text(&spec.selector)).unwrap_or_default());
    }
    cells
}
