//! `kubectl get jobs`, `printJob`.

use k8s_openapi::api::batch::v1::{Job, JobStatus};

use super::{Column, View, column, text, wide};
use crate::{age, labels};

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("STATUS"),
    column("COMPLETIONS"),
    column("DURATION"),
    column("AGE"),
    wide("CONTAINERS"),
    wide("IMAGES"),
    wide("SELECTOR"),
];

pub(super) fn row(job: &Job, view: &View) -> Vec<String> {
    let none = JobStatus::default();
    let status = job.status.as_ref().unwrap_or(&none);
    let spec = job.spec.as_ref();
    let succeeded = status.succeeded.unwrap_or_default();
    let parallelism = spec.and_then(|spec| spec.parallelism).unwrap_or_default();
    let completions = match spec.and_then(|spec| spec.completions) {
        Some(completions) => format!("{succeeded}/{completions}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    };
    let duration = match (&status.start_time, &status.completion_time) {
        (None, _) => String::new(),
        (Some(start), None) => age::human(view.now - age::seconds(start)),
        (Some(start), Some(end)) => age::human(age::seconds(end) - age::seconds(start)),
    };
    let mut cells = vec![
        text(job.metadata.name.as_ref()),
        state(job, status).into(),
        completions,
        duration,
        super::age(&job.metadata, view),
    ];
    if view.wide {
        cells.extend(super::template_containers(spec.map(|spec| &spec.template)));
        cells.push(labels::format_selector(spec.and_then(|spec| spec.selector.as_ref())));
    }
    cells
}

fn state(job: &Job, status: &JobStatus) -> &'static str {
    let has = |type_: &str| {
        status
            .conditions
            .iter()
            .flatten()
            .any(|condition| condition.type_ == type_ && condition.status == "True")
    };
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}
