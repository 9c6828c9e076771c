//! Runs Pods until enough of them have succeeded, or too many failed.
//!
//! Watches Jobs and Pods. Owns the Pods it creates, and the Job's status; deletes a finished Job after
//! its `ttlSecondsAfterFinished`. Pod failure policies and success policies are not simulated.
//! Models `pkg/controller/job` and `pkg/controller/ttlafterfinished`.

use std::collections::BTreeSet;
use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobSpec, JobStatus, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, Pod};
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Deletion, Event, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::view::View;

const COMPONENT: &str = "job-controller";
const INDEX_KEY: &str = "batch.kubernetes.io/job-completion-index";
/// A failed Pod's successor waits this long, doubling with each failure.
const BACK_OFF_FIRST: u64 = 10;
const BACK_OFF_MOST: u64 = 600;

/// Takes one Job one step further.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let Some(job) = view.find::<Job>(key) else { return Outcome::nothing() };
    let spec = job.spec.clone().unwrap_or_default();
    let owner = Object::from(job.clone());
    let pods: Vec<&Pod> = view.owned::<Pod>(pods::uid(&job.metadata));
    let status = job.status.clone().unwrap_or_default();
    let mut sync = Sync {
        view,
        now,
        job,
        spec: &spec,
        owner: &owner,
        pods,
        status,
        outcome: Outcome::nothing(),
    };
    sync.run();
    sync.outcome
}

/// Whether a Job has come to an end, and which.
pub fn finished(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| {
        matches!(condition.type_.as_str(), "Complete" | "Failed") && condition.status == "True"
    })
}

struct Sync<'a> {
    view: &'a View<'a>,
    now: Time,
    job: &'a Job,
    spec: &'a JobSpec,
    owner: &'a Object,
    pods: Vec<&'a Pod>,
    status: JobStatus,
    outcome: Outcome,
}

impl Sync<'_> {
    fn run(&mut self) {
        if let Some(end) = finished(self.job) {
            return self
                .expire(end.last_transition_time.as_ref().map_or(self.now, Time::from_timestamp));
        }
        if self.job.metadata.deletion_timestamp.is_some() {
            return;
        }
        let suspended = self.spec.suspend == Some(true);
        if self.status.start_time.is_none() && !suspended {
            self.status.start_time = Some(self.now.timestamp());
        }
        self.count();
        let failed = self.status.failed.unwrap_or(0);
        let restarts: i32 = self
            .pods
            .iter()
            .filter(|pod| pods::is_active(pod))
            .map(|pod| pods::restarts(pod))
            .sum();
        let limit = self.spec.backoff_limit.unwrap_or(6);
        let deadline = self.deadline();
        if suspended {
            self.suspend();
        } else if failed > limit || (self.restarts_in_place() && restarts > 0 && restarts >= limit)
        {
            self.fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        } else if deadline.is_some_and(|deadline| deadline <= self.now) {
            self.fail("DeadlineExceeded", "Job was active longer than specified deadline");
        } else if self.is_complete() {
            self.complete();
        } else {
            self.resume();
            self.scale();
        }
        if let Some(deadline) = deadline.filter(|deadline| *deadline > self.now) {
            self.outcome.requeue(deadline.since(self.now), Waiting::Periodic);
        }
        if self.job.status.as_ref() != Some(&self.status) {
            let updated = Job { status: Some(self.status.clone()), ..self.job.clone() };
            self.outcome.write(Write::UpdateStatus(updated.into()), Why::StatusOutdated);
        }
    }

    fn restarts_in_place(&self) -> bool {
        let spec = self.spec.template.spec.as_ref();
        spec.and_then(|spec| spec.restart_policy.as_deref()) == Some("OnFailure")
    }

    fn is_indexed(&self) -> bool {
        self.spec.completion_mode.as_deref() == Some("Indexed")
    }

    /// Counts the Pods into the status.
    fn count(&mut self) {
        let some = |number: usize| (number != 0).then_some(number as i32);
        let of = |keep: &dyn Fn(&Pod) -> bool| self.pods.iter().filter(|pod| keep(pod)).count();
        let active = of(&pods::is_active);
        let ready = of(&|pod| pods::is_active(pod) && pods::is_ready(pod));
        let succeeded = if self.is_indexed() {
            self.done_indexes().len()
        } else {
            of(&|pod| pods::phase(pod) == "Succeeded")
        };
        let failed = of(&|pod| pods::phase(pod) == "Failed");
        let terminating = of(&|pod| pods::is_terminating(pod) && !pods::is_ended(pod));
        // Pods that are gone were counted when they ended.
        let before = self.job.status.clone().unwrap_or_default();
        self.status.active = some(active);
        self.status.ready = Some(ready as i32);
        self.status.succeeded = some(succeeded.max(before.succeeded.unwrap_or(0) as usize));
        self.status.failed = some(failed.max(before.failed.unwrap_or(0) as usize));
        self.status.terminating = Some(terminating as i32);
        self.status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
        if self.is_indexed() {
            self.status.completed_indexes =
                Some(ranges(&self.done_indexes())).filter(|text| !text.is_empty());
        }
    }

    fn done_indexes(&self) -> BTreeSet<i32> {
        let most = self.spec.completions.unwrap_or(1);
        let done = self.pods.iter().filter(|pod| pods::phase(pod) == "Succeeded");
        done.filter_map(|pod| index_of(pod)).filter(|index| *index < most).collect()
    }

    fn is_complete(&self) -> bool {
        let succeeded = self.status.succeeded.unwrap_or(0);
        match self.spec.completions {
            Some(wanted) => succeeded >= wanted,
            None => succeeded > 0 && self.status.active.unwrap_or(0) == 0,
        }
    }

    fn scale(&mut self) {
        let active: Vec<&Pod> =
            self.pods.iter().copied().filter(|pod| pods::is_active(pod)).collect();
        let parallelism = self.spec.parallelism.unwrap_or(1);
        let succeeded = self.status.succeeded.unwrap_or(0);
        let wanted = match self.spec.completions {
            Some(completions) => parallelism.min(completions - succeeded),
            // Without `completions`, the first success means that no more are started.
            None if succeeded > 0 => active.len() as i32,
            None => parallelism,
        };
        let actual = active.len() as i32;
        if actual > wanted {
            for pod in active.iter().take((actual - wanted) as usize) {
                self.delete(pod, Why::TooManyPods { desired: wanted, actual });
            }
            return;
        }
        if actual == wanted {
            return;
        }
        if let Some(until) = self.back_off().filter(|until| *until > self.now) {
            self.outcome.requeue(until.since(self.now), Waiting::Periodic);
            return;
        }
        let mut taken: BTreeSet<i32> = self.done_indexes();
        taken.extend(active.iter().filter_map(|pod| index_of(pod)));
        let mut names = Vec::new();
        for number in 0..wanted - actual {
            let index =
                if self.is_indexed() { (0..).find(|index| !taken.contains(index)) } else { None };
            taken.extend(index);
            self.create(number, index, &mut names, wanted, actual);
        }
        self.status.active = Some(wanted);
    }

    /// When the next Pod may be made after the last failure.
    fn back_off(&self) -> Option<Time> {
        let failed: Vec<&&Pod> =
            self.pods.iter().filter(|pod| pods::phase(pod) == "Failed").collect();
        let last = failed.iter().filter_map(|pod| ended_at(pod)).max()?;
        let doublings = (failed.len() as u32).saturating_sub(1).min(10);
        Some(last + Duration::from_secs((BACK_OFF_FIRST << doublings).min(BACK_OFF_MOST)))
    }

    fn create(
        &mut self,
        number: i32,
        index: Option<i32>,
        names: &mut Vec<String>,
        desired: i32,
        actual: i32,
    ) {
        let base = match index {
            Some(index) => format!("{}-{index}-", self.owner.name()),
            None => format!("{}-", self.owner.name()),
        };
        let uid = pods::uid(self.owner.metadata());
        let salt = format!("{uid}/{}/{number}", self.view.snapshot.resource_version());
        let name = self.view.fresh_name(Kind::Pod, self.owner.namespace(), &base, &salt, names);
        let mut pod = pods::from_template(&self.spec.template, self.owner, name.clone());
        pod.metadata.generate_name = Some(base);
        let labels = pod.metadata.labels.get_or_insert_default();
        for (key, value) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("batch.kubernetes.io/job-name", self.owner.name()),
            ("controller-uid", uid),
            ("job-name", self.owner.name()),
        ] {
            labels.insert(key.into(), value.into());
        }
        if let Some(index) = index {
            labels.insert(INDEX_KEY.into(), index.to_string());
            pod.metadata
                .annotations
                .get_or_insert_default()
                .insert(INDEX_KEY.into(), index.to_string());
            let spec = pod.spec.get_or_insert_default();
            spec.hostname = Some(format!("{}-{index}", self.owner.name()));
            let source = ObjectFieldSelector {
                api_version: Some("v1".into()),
                field_path: format!("metadata.labels['{INDEX_KEY}']"),
            };
            for container in
                spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten())
            {
                container.env.get_or_insert_default().push(EnvVar {
                    name: "JOB_COMPLETION_INDEX".into(),
                    value: None,
                    value_from: Some(EnvVarSource {
                        field_ref: Some(source.clone()),
                        ..EnvVarSource::default()
                    }),
                });
            }
        }
        self.outcome.write(Write::Create(pod.into()), Why::TooFewPods { desired, actual });
        self.outcome.events.push(Event::normal(
            COMPONENT,
            self.owner,
            "SuccessfulCreate",
            format!("Created pod: {name}"),
        ));
        names.push(name);
    }

    fn delete(&mut self, pod: &Pod, why: Why) {
        self.outcome.write(Write::Delete(pods::reference(pod), Deletion::default()), why);
        let message = format!("Deleted pod: {}", pods::name(&pod.metadata));
        self.outcome.events.push(Event::normal(COMPONENT, self.owner, "SuccessfulDelete", message));
    }

    fn delete_active(&mut self, why: &Why) {
        for pod in self.pods.clone().into_iter().filter(|pod| pods::is_active(pod)) {
            self.delete(pod, why.clone());
        }
        self.status.active = None;
        self.status.ready = Some(0);
    }

    fn suspend(&mut self) {
        let already = self
            .status
            .conditions
            .iter()
            .flatten()
            .any(|condition| condition.type_ == "Suspended" && condition.status == "True");
        self.delete_active(&Why::Scaled);
        self.status.start_time = None;
        if !already {
            self.condition("Suspended", "True", "JobSuspended", "Job suspended");
            self.outcome.events.push(Event::normal(
                COMPONENT,
                self.owner,
                "Suspended",
                "Job suspended",
            ));
        }
    }

    fn resume(&mut self) {
        let was = self
            .status
            .conditions
            .iter()
            .flatten()
            .any(|condition| condition.type_ == "Suspended" && condition.status == "True");
        if was {
            self.condition("Suspended", "False", "JobResumed", "Job resumed");
            self.outcome.events.push(Event::normal(
                COMPONENT,
                self.owner,
                "Resumed",
                "Job resumed",
            ));
        }
    }

    fn complete(&mut self) {
        let message = "Reached expected number of succeeded pods";
        self.condition("SuccessCriteriaMet", "True", "CompletionsReached", message);
        self.condition("Complete", "True", "CompletionsReached", message);
        self.status.completion_time = Some(self.now.timestamp());
        self.outcome.because(Why::EndedPod);
        self.outcome.events.push(Event::normal(
            COMPONENT,
            self.owner,
            "Completed",
            "Job completed",
        ));
    }

    fn fail(&mut self, reason: &'static str, message: &str) {
        self.delete_active(&Why::EndedPod);
        self.condition("FailureTarget", "True", reason, message);
        self.condition("Failed", "True", reason, message);
        self.outcome.events.push(Event::warning(COMPONENT, self.owner, reason, message));
    }

    fn condition(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let conditions = self.status.conditions.get_or_insert_default();
        conditions.retain(|condition| condition.type_ != kind);
        conditions.push(JobCondition {
            type_: kind.into(),
            status: status.into(),
            reason: Some(reason.into()),
            message: Some(message.into()),
            last_probe_time: Some(self.now.timestamp()),
            last_transition_time: Some(self.now.timestamp()),
        });
    }

    fn deadline(&self) -> Option<Time> {
        let seconds = u64::try_from(self.spec.active_deadline_seconds?).ok()?;
        let start = self.status.start_time.as_ref().map(Time::from_timestamp)?;
        Some(start + Duration::from_secs(seconds))
    }

    /// `ttlSecondsAfterFinished`.
    fn expire(&mut self, ended: Time) {
        let Some(seconds) =
            self.spec.ttl_seconds_after_finished.and_then(|seconds| u64::try_from(seconds).ok())
        else {
            return;
        };
        let at = ended + Duration::from_secs(seconds);
        if at > self.now {
            self.outcome.requeue(at.since(self.now), Waiting::Periodic);
        } else if self.job.metadata.deletion_timestamp.is_none() {
            let deletion = Deletion { foreground: true, grace_period_seconds: None };
            self.outcome.write(Write::Delete(self.owner.reference(), deletion), Why::HistoryLimit);
        }
    }
}

fn index_of(pod: &Pod) -> Option<i32> {
    pod.metadata.annotations.as_ref()?.get(INDEX_KEY)?.parse().ok()
}

/// When the last container of a Pod ended.
fn ended_at(pod: &Pod) -> Option<Time> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    statuses
        .iter()
        .filter_map(|status| status.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref())
        .map(Time::from_timestamp)
        .max()
}

/// `0-3,5`.
fn ranges(indexes: &BTreeSet<i32>) -> String {
    let mut texts: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match texts.last_mut() {
            Some((_, end)) if *end + 1 == *index => *end = *index,
            _ => texts.push((*index, *index)),
        }
    }
    let texts: Vec<String> = texts
        .into_iter()
        .map(|(start, end)| if start == end { start.to_string() } else { format!("{start}-{end}") })
        .collect();
    texts.join(",")
}
