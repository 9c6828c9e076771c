//! The Deployment's status and its conditions `Available`, `Progressing` and `ReplicaFailure`.

use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus, ReplicaSet};

use super::{Sets, Sync, available, find_condition, remove_condition, set_condition, size};
use crate::outcome::{Waiting, Why};
use crate::pods;

impl Sync<'_> {
    /// Whether `progressDeadlineSeconds` is set to something.
    pub(super) fn has_deadline(&self) -> bool {
        self.spec.progress_deadline_seconds.is_some_and(|seconds| seconds != i32::MAX)
    }

    /// `checkPausedConditions`: a paused rollout makes no progress and runs into no deadline.
    pub(super) fn check_paused(&mut self) {
        if !self.has_deadline() {
            return;
        }
        let reason = self.condition("Progressing").and_then(|condition| condition.reason.clone());
        if reason.as_deref() == Some("ProgressDeadlineExceeded") {
            return;
        }
        let was_paused = reason.as_deref() == Some("DeploymentPaused");
        let condition = match (self.spec.paused == Some(true), was_paused) {
            (true, false) => self.new_condition(
                "Progressing",
                "Unknown",
                "DeploymentPaused",
                "Deployment is paused",
            ),
            (false, true) => self.new_condition(
                "Progressing",
                "Unknown",
                "DeploymentResumed",
                "Deployment is resumed",
            ),
            (true, true) | (false, false) => return,
        };
        self.outcome.because(Why::PausedOrResumed);
        set_condition(self.status(), condition);
    }

    /// `syncDeploymentStatus`.
    pub(super) fn sync_status(&mut self, sets: &Sets) {
        let status = self.calculate_status(sets);
        self.deployment.status = Some(status);
    }

    /// `syncRolloutStatus`.
    pub(super) fn sync_rollout_status(&mut self, sets: &Sets) {
        let mut status = self.calculate_status(sets);
        let current = self.condition("Progressing").cloned();
        if !self.has_deadline() {
            remove_condition(&mut status, "Progressing");
        }
        let finished_before = status.replicas.unwrap_or(0) == status.updated_replicas.unwrap_or(0)
            && current.as_ref().and_then(|condition| condition.reason.as_deref())
                == Some("NewReplicaSetAvailable");
        if self.has_deadline() && !finished_before {
            let subject = match &sets.new {
                Some(set) => format!("ReplicaSet \"{}\"", pods::name(&set.metadata)),
                None => format!("Deployment \"{}\"", pods::name(&self.deployment.metadata)),
            };
            if self.is_complete(&status) {
                let message = format!("{subject} has successfully progressed.");
                let condition =
                    self.new_condition("Progressing", "True", "NewReplicaSetAvailable", message);
                set_condition(&mut status, condition);
            } else if self.is_progressing(&status) {
                let message = format!("{subject} is progressing.");
                let mut condition =
                    self.new_condition("Progressing", "True", "ReplicaSetUpdated", message);
                if let Some(current) = &current {
                    if current.status == "True" {
                        condition.last_transition_time.clone_from(&current.last_transition_time);
                    }
                    remove_condition(&mut status, "Progressing");
                }
                set_condition(&mut status, condition);
            } else if self.is_timed_out(&status) {
                let message = format!("{subject} has timed out progressing.");
                let condition =
                    self.new_condition("Progressing", "False", "ProgressDeadlineExceeded", message);
                self.outcome.because(Why::DeadlineExceeded);
                set_condition(&mut status, condition);
            }
        }
        match replica_failure(sets) {
            Some(failure) => set_condition(&mut status, failure),
            None => remove_condition(&mut status, "ReplicaFailure"),
        }
        self.wait_for_deadline(&status);
        self.deployment.status = Some(status);
    }

    /// `DeploymentComplete` of the status as it is stored.
    pub(super) fn is_complete_now(&self) -> bool {
        self.deployment.status.as_ref().is_some_and(|status| self.is_complete(status))
    }

    fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let replicas = self.replicas();
        status.updated_replicas.unwrap_or(0) == replicas
            && status.replicas.unwrap_or(0) == replicas
            && status.available_replicas.unwrap_or(0) == replicas
            && status.observed_generation >= self.deployment.metadata.generation
    }

    fn is_progressing(&self, new: &DeploymentStatus) -> bool {
        let old = self.deployment.status.clone().unwrap_or_default();
        let count = |number: Option<i32>| number.unwrap_or(0);
        let outdated =
            |status: &DeploymentStatus| count(status.replicas) - count(status.updated_replicas);
        count(new.updated_replicas) > count(old.updated_replicas)
            || outdated(new) < outdated(&old)
            || count(new.ready_replicas) > count(old.ready_replicas)
            || count(new.available_replicas) > count(old.available_replicas)
    }

    fn is_timed_out(&self, status: &DeploymentStatus) -> bool {
        let Some(condition) = find_condition(status, "Progressing") else { return false };
        match condition.reason.as_deref() {
            Some("NewReplicaSetAvailable") => false,
            Some("ProgressDeadlineExceeded") => true,
            _ => self.deadline(condition).is_some_and(|deadline| deadline < self.now),
        }
    }

    fn deadline(&self, condition: &DeploymentCondition) -> Option<Time> {
        let seconds = u64::try_from(self.spec.progress_deadline_seconds?).ok()?;
        let since = Time::from_timestamp(condition.last_update_time.as_ref()?);
        Some(since + Duration::from_secs(seconds))
    }

    /// `requeueStuckDeployment`: comes back a second after the deadline.
    fn wait_for_deadline(&mut self, status: &DeploymentStatus) {
        let Some(condition) = find_condition(status, "Progressing") else { return };
        if !self.has_deadline()
            || self.is_complete(status)
            || condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
        {
            return;
        }
        if let Some(deadline) = self.deadline(condition) {
            let after = deadline.since(self.now) + Duration::from_secs(1);
            self.outcome.requeue(after, Waiting::Periodic);
        }
    }

    fn calculate_status(&self, sets: &Sets) -> DeploymentStatus {
        let old = self.deployment.status.clone().unwrap_or_default();
        let sum = |count: &dyn Fn(&ReplicaSet) -> i32| sets.all().map(count).sum::<i32>();
        let some = |number: i32| (number != 0).then_some(number);
        let actual = |set: &ReplicaSet| set.status.as_ref().map_or(0, |status| status.replicas);
        let ready = |set: &ReplicaSet| {
            set.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or(0)
        };
        let all_available = sum(&available);
        let terminating = sets
            .all()
            .map(|set| set.status.as_ref().and_then(|status| status.terminating_replicas))
            .sum::<Option<i32>>();
        let mut status = DeploymentStatus {
            observed_generation: self.deployment.metadata.generation,
            replicas: some(sum(&actual)),
            updated_replicas: some(sets.new.as_ref().map_or(0, actual)),
            ready_replicas: some(sum(&ready)),
            available_replicas: some(all_available),
            unavailable_replicas: some((sum(&size) - all_available).max(0)),
            terminating_replicas: terminating,
            collision_count: old.collision_count,
            conditions: old.conditions,
        };
        let condition = if all_available >= self.replicas() - self.max_unavailable() {
            self.new_condition(
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
            )
        } else {
            self.new_condition(
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            )
        };
        set_condition(&mut status, condition);
        status
    }
}

/// `getReplicaFailures`: the first set that could not create its Pods, the new one before the old.
fn replica_failure(sets: &Sets) -> Option<DeploymentCondition> {
    sets.new.iter().chain(&sets.old).find_map(|set| {
        let condition = set
            .status
            .as_ref()?
            .conditions
            .iter()
            .flatten()
            .find(|condition| condition.type_ == "ReplicaFailure")?;
        Some(DeploymentCondition {
            type_: condition.type_.clone(),
            status: condition.status.clone(),
            reason: condition.reason.clone(),
            message: condition.message.clone(),
            last_transition_time: condition.last_transition_time.clone(),
            last_update_time: condition.last_transition_time.clone(),
        })
    })
}
