//! What strategies fill in of new Jobs and DaemonSets.
//!
//! Models `pkg/registry/batch/job/strategy.go` (`generateSelector`) and
//! `pkg/registry/apps/daemonset/strategy.go` with `pkg/apis/apps/v1/conversion.go`.

use std::collections::BTreeMap;

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
    // A Job without labels of its own shares its template's.
    if job.metadata.labels.as_ref().is_none_or(BTreeMap::is_empty) {
        job.metadata.labels =
            spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
    }
}

/// The generated selector and labels stay, where the new text is silent.
pub(super) fn keep(before: &Job, after: &mut Job) {
    let (Some(old), Some(new)) = (&before.spec, &mut after.spec) else { return };
    if new.selector.is_none() {
        new.selector.clone_from(&old.selector);
    }
    let generated =
        old.template.metadata.iter().filter_map(|metadata| metadata.labels.as_ref()).flatten();
    let labels = new.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    for (key, value) in generated {
        if [CONTROLLER_UID, "controller-uid", JOB_NAME, "job-name"].contains(&key.as_str()) {
            labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// The annotation that counts a DaemonSet's templates.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Counts a DaemonSet's new template.
pub(super) fn next_template(before: &DaemonSet, after: &mut DaemonSet) {
    let count = |daemon_set: &DaemonSet| -> i64 {
        let annotations = daemon_set.metadata.annotations.as_ref();
        annotations.and_then(|all| all.get(TEMPLATE_GENERATION)?.parse().ok()).unwrap_or(1)
    };
    let template = |daemon_set: &DaemonSet| daemon_set.spec.clone().map(|spec| spec.template);
    let next = count(before) + i64::from(template(before) != template(after));
    let annotations = after.metadata.annotations.get_or_insert_default();
    annotations.insert(TEMPLATE_GENERATION.into(), next.to_string());
}

/// A DaemonSet's template generation lives on as an annotation.
pub(super) fn template_generation(daemon_set: &mut DaemonSet) {
    daemon_set
        .metadata
        .annotations
        .get_or_insert_default()
        .insert(TEMPLATE_GENERATION.into(), "1".into());
}
