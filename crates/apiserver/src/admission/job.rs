//! What strategies fill in of new Jobs and DaemonSets.
//!
//! Models `pkg/registry/batch/job/strategy.go` (`generateSelector`) and
//! `pkg/registry/apps/daemonset/strategy.go` with `pkg/apis/apps/v1/conversion.go`.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::Job;

const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";
const JOB_NAME: &str = "batch.kubernetes.io/job-name";

/// A Job finds its Pods by its own uid, unless it says it chooses itself.
pub(super) fn selector(job: &mut Job) {
    let uid = job.metadata.uid.clone().unwrap_or_default();
    let name = job.metadata.name.clone().unwrap_or_default();
    let spec = job.spec.get_or_insert_default();
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    if spec.manual_selector != Some(true) {
        for (key, value) in [
            (CONTROLLER_UID, &uid),
            ("controller-uid", &uid),
            (JOB_NAME, &name),
            ("job-name", &name),
        ] {
            labels.insert(key.into(), value.clone());
        }
        let selector = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
        selector.entry(CONTROLLER_UID.into()).or_insert(uid);
    }
}

/// A DaemonSet's template generation lives on as an annotation.
pub(super) fn template_generation(daemon_set: &mut DaemonSet) {
    daemon_set
        .metadata
        .annotations
        .get_or_insert_default()
        .insert("deprecated.daemonset.template.generation".into(), "1".into());
}
