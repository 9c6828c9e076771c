//! Jobs and CronJobs.
//!
//! Models `pkg/apis/batch/validation/validation.go`.

use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use manifest::FieldPath;

use super::{Causes, metadata, pod};

/// The name of a CronJob leaves eleven characters for the time in its Jobs' names.
const MOST_CRON_JOB_NAME: usize = 52;

pub(super) fn job(causes: &mut Causes, job: &Job) {
    let path = FieldPath::of("spec");
    let spec = job.spec.clone().unwrap_or_default();
    let labels = spec.template.metadata.clone().unwrap_or_default().labels.unwrap_or_default();
    job_spec(causes, &path, &spec);
    match &spec.selector {
        None => causes.required(&path.child("selector"), ""),
        Some(selector) => {
            metadata::label_selector(causes, &path.child("selector"), Some(selector));
            if metadata::matches(selector, &labels) == Some(false) {
                causes.invalid(
                    &path.child("template.metadata.labels"),
                    &labels,
                    "`selector` does not match template `labels`",
                );
            }
        }
    }
}

pub(super) fn job_update(causes: &mut Causes, before: &Job, after: &Job) {
    let path = FieldPath::of("spec");
    let old = before.spec.clone().unwrap_or_default();
    let new = after.spec.clone().unwrap_or_default();
    let immutable = "field is immutable";
    let indexed = new.completion_mode.as_deref() == Some("Indexed");
    if old.completions != new.completions && !indexed {
        causes.invalid(&path.child("completions"), new.completions, immutable);
    }
    if old.selector != new.selector {
        causes.invalid(&path.child("selector"), manifest::to_json(&new.selector), immutable);
    }
    // A suspended Job's template may still be steered elsewhere; anything else is fixed.
    if old.template != new.template && old.suspend != Some(true) {
        causes.invalid_shown(
            &path.child("template"),
            &super::causes::show(manifest::to_json(&new.template)),
            immutable,
        );
    }
    if old.completion_mode != new.completion_mode {
        causes.invalid(&path.child("completionMode"), &new.completion_mode, immutable);
    }
}

fn job_spec(causes: &mut Causes, path: &FieldPath, spec: &JobSpec) {
    for (field, value) in [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished.map(i64::from)),
    ] {
        causes.nonnegative(&path.child(field), value.unwrap_or(0));
    }
    let mode = spec.completion_mode.as_deref().unwrap_or("NonIndexed");
    causes.one_of(&path.child("completionMode"), mode, &["NonIndexed", "Indexed"]);
    if mode == "Indexed" && spec.completions.is_none() {
        causes.required(&path.child("completions"), "when completion mode is Indexed");
    }
    let template_path = path.child("template");
    pod::template(causes, &template_path, &spec.template);
    let policy = spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    let policy = policy.unwrap_or_default();
    if policy == "Always" {
        causes.required(
            &template_path.child("spec.restartPolicy"),
            "valid values: \"OnFailure\", \"Never\"",
        );
    } else {
        causes.one_of(&template_path.child("spec.restartPolicy"), policy, &["OnFailure", "Never"]);
    }
}

pub(super) fn cron_job(causes: &mut Causes, cron_job: &CronJob) {
    let path = FieldPath::of("spec");
    let spec = &cron_job.spec;
    let name = cron_job.metadata.name.as_deref().unwrap_or_default();
    if spec.schedule.is_empty() {
        causes.required(&path.child("schedule"), "");
    } else if let Some(problem) = schedule_problem(&spec.schedule) {
        causes.invalid(&path.child("schedule"), &spec.schedule, problem);
    }
    causes.nonnegative(
        &path.child("startingDeadlineSeconds"),
        spec.starting_deadline_seconds.unwrap_or(0),
    );
    causes.one_of(
        &path.child("concurrencyPolicy"),
        spec.concurrency_policy.as_deref().unwrap_or_default(),
        &["Allow", "Forbid", "Replace"],
    );
    let job = spec.job_template.spec.clone().unwrap_or_default();
    job_spec(causes, &path.child("jobTemplate.spec"), &job);
    for (field, value) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ] {
        causes.nonnegative(&path.child(field), value.unwrap_or(0));
    }
    if name.len() > MOST_CRON_JOB_NAME {
        causes.invalid(&FieldPath::of("metadata.name"), name, "must be no more than 52 characters");
    }
}

/// What the parser of cron schedules says of a malformed one.
fn schedule_problem(schedule: &str) -> Option<String> {
    if schedule.starts_with('@') {
        const NAMED: &[&str] =
            &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
        let known = NAMED.contains(&schedule) || schedule.starts_with("@every ");
        return (!known).then(|| format!("unrecognized descriptor: {schedule}"));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != 5 {
        return Some(format!(
            "expected exactly 5 fields, found {}: [{}]",
            fields.len(),
            fields.join(" ")
        ));
    }
    let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    fields.iter().zip(bounds).find_map(|(field, (low, high))| {
        field.split(',').find_map(|part| {
            let range = part.split_once('/').map_or(part, |(range, _)| range);
            if range == "*" || range == "?" {
                return None;
            }
            range.split('-').find_map(|number| match number.parse::<i64>() {
                Ok(value) if value < low => {
                    Some(format!("beginning of range ({value}) below minimum ({low}): {part}"))
                }
                Ok(value) if value > high => {
                    Some(format!("end of range ({value}) above maximum ({high}): {part}"))
                }
                Ok(_) => None,
                Err(_) if number.len() == 3 && number.bytes().all(|b| b.is_ascii_alphabetic()) => None,
                Err(_) => Some(format!(
                    "failed to parse int from {number}: strconv.Atoi: parsing {number:?}: invalid syntax"
                )),
            })
        })
    })
}
