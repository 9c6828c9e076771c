//! Defaults of the workloads: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob.
//!
//! Models `pkg/apis/apps/v1/defaults.go` and `pkg/apis/batch/v1/defaults.go`. A Job's generated selector
//! belongs to its creation, see `registry`.

use k8s_openapi::api::apps::v1::{
    DaemonSet, Deployment, ReplicaSet, RollingUpdateDaemonSet, StatefulSet,
    StatefulSetUpdateStrategy,
};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{pod, text, volume};

pub(super) fn deployment(deployment: &mut Deployment) {
    let spec = deployment.spec.get_or_insert_default();
    pod::template(&mut spec.template);
    spec.replicas.get_or_insert(1);
    let strategy = spec.strategy.get_or_insert_default();
    text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        rolling.max_unavailable.get_or_insert_with(|| IntOrString::String("25%".into()));
        rolling.max_surge.get_or_insert_with(|| IntOrString::String("25%".into()));
    }
    spec.revision_history_limit.get_or_insert(10);
    spec.progress_deadline_seconds.get_or_insert(600);
    deployment.status.get_or_insert_default();
}

pub(super) fn replica_set(replica_set: &mut ReplicaSet) {
    let spec = replica_set.spec.get_or_insert_default();
    pod::template(spec.template.get_or_insert_default());
    spec.replicas.get_or_insert(1);
    replica_set.status.get_or_insert_default();
}

pub(super) fn stateful_set(stateful_set: &mut StatefulSet) {
    let spec = stateful_set.spec.get_or_insert_default();
    pod::template(&mut spec.template);
    text(&mut spec.pod_management_policy, "OrderedReady");
    spec.service_name.get_or_insert_default();
    let StatefulSetUpdateStrategy { type_, rolling_update } =
        spec.update_strategy.get_or_insert_default();
    if type_.as_deref().unwrap_or_default().is_empty() {
        *type_ = Some("RollingUpdate".into());
        rolling_update.get_or_insert_default();
    }
    if type_.as_deref() == Some("RollingUpdate")
        && let Some(rolling_update) = rolling_update
    {
        rolling_update.partition.get_or_insert(0);
    }
    let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
    text(&mut retention.when_deleted, "Retain");
    text(&mut retention.when_scaled, "Retain");
    spec.replicas.get_or_insert(1);
    spec.revision_history_limit.get_or_insert(10);
    for claim in spec.volume_claim_templates.iter_mut().flatten() {
        volume::claim_spec(claim.spec.get_or_insert_default());
        text(&mut claim.status.get_or_insert_default().phase, "Pending");
    }
    stateful_set.status.get_or_insert_default().available_replicas.get_or_insert(0);
}

pub(super) fn daemon_set(daemon_set: &mut DaemonSet) {
    let spec = daemon_set.spec.get_or_insert_default();
    pod::template(&mut spec.template);
    let strategy = spec.update_strategy.get_or_insert_default();
    text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let RollingUpdateDaemonSet { max_surge, max_unavailable } =
            strategy.rolling_update.get_or_insert_default();
        max_unavailable.get_or_insert(IntOrString::Int(1));
        max_surge.get_or_insert(IntOrString::Int(0));
    }
    spec.revision_history_limit.get_or_insert(10);
    daemon_set.status.get_or_insert_default();
}

pub(super) fn job(job: &mut Job) {
    let spec = job.spec.get_or_insert_default();
    pod::template(&mut spec.template);
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let unlimited = spec.backoff_limit_per_index.is_some();
    spec.backoff_limit.get_or_insert(if unlimited { i32::MAX } else { 6 });
    spec.completion_mode.get_or_insert_with(|| "NonIndexed".into());
    spec.suspend.get_or_insert(false);
    let replacement =
        if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    spec.pod_replacement_policy.get_or_insert_with(|| replacement.into());
    spec.manual_selector.get_or_insert(false);
    job.status.get_or_insert_default();
}

pub(super) fn cron_job(cron_job: &mut CronJob) {
    let spec = &mut cron_job.spec;
    pod::template(&mut spec.job_template.spec.get_or_insert_default().template);
    text(&mut spec.concurrency_policy, "Allow");
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit.get_or_insert(3);
    spec.failed_jobs_history_limit.get_or_insert(1);
    cron_job.status.get_or_insert_default();
}
