//! Rolls a Deployment's template out over ReplicaSets.
//!
//! Watches Deployments, ReplicaSets and Pods. Owns the ReplicaSets it creates or adopts, and the
//! Deployment's status and revision annotation. It never touches a Pod.
//! Models `pkg/controller/deployment`: this file is `deployment_controller.go`; `revision.rs` and
//! `scale.rs` are `sync.go`; `rollout.rs` is `rolling.go` and `recreate.go`; `progress.rs` is
//! `progress.go`.

mod progress;
mod revision;
mod rollout;
mod scale;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentCondition, DeploymentSpec, DeploymentStatus, ReplicaSet,
};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::{Object, ObjectRef};

use crate::adopt::claim;
use crate::outcome::{Event, Outcome, Why, Write};
use crate::pods;
use crate::selector;
use crate::view::View;

const COMPONENT: &str = "deployment-controller";

/// Takes one Deployment one step further.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let Some(stored) = view.find::<Deployment>(key) else { return Outcome::nothing() };
    let mut sync = Sync {
        view,
        now,
        deployment: stored.clone(),
        spec: stored.spec.clone().unwrap_or_default(),
        outcome: Outcome::nothing(),
    };
    sync.run();
    sync.finish(stored)
}

/// One run of `syncDeployment`: what has been decided so far.
struct Sync<'a> {
    view: &'a View<'a>,
    now: Time,
    deployment: Deployment,
    spec: DeploymentSpec,
    outcome: Outcome,
}

/// A Deployment's ReplicaSets, apart as most steps want them.
struct Sets {
    /// The one whose template is the Deployment's.
    new: Option<ReplicaSet>,
    /// All others, oldest first.
    old: Vec<ReplicaSet>,
}

impl Sync<'_> {
    fn run(&mut self) {
        let owner = Object::from(self.deployment.clone());
        if selector::is_empty(&self.spec.selector) {
            self.outcome.events.push(Event::warning(
                COMPONENT,
                &owner,
                "SelectingAll",
                "This deployment is selecting all pods. A non-empty selector is required.",
            ));
            self.status().observed_generation = self.deployment.metadata.generation;
            return;
        }
        let selector = self.spec.selector.clone();
        let sets = claim(
            self.view,
            &owner,
            Some(&selector),
            |set: &ReplicaSet| &set.metadata,
            |set: &mut ReplicaSet| &mut set.metadata,
            |_| true,
            &mut self.outcome,
        );
        if self.deployment.metadata.deletion_timestamp.is_some() {
            let sets = self.sets(sets, false);
            self.sync_status(&sets);
            return;
        }
        self.check_paused();
        if self.spec.paused == Some(true) {
            return self.sync_without_rollout(sets);
        }
        if self.is_scaling_event(&sets) {
            return self.sync_without_rollout(sets);
        }
        match self.spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) {
            Some("Recreate") => self.recreate(sets),
            _ => self.roll(sets),
        }
    }

    /// `sync`: scales, but rolls nothing out, because the Deployment is paused or was only scaled.
    fn sync_without_rollout(&mut self, sets: Vec<ReplicaSet>) {
        let mut sets = self.sets(sets, false);
        self.scale(&mut sets);
        if self.spec.paused == Some(true) {
            self.clean_up(&sets.old);
        }
        self.sync_status(&sets);
    }

    /// Puts the Deployment itself to the writes if it differs from what is stored.
    fn finish(self, stored: &Deployment) -> Outcome {
        let Self { deployment, mut outcome, .. } = self;
        if deployment.metadata.annotations != stored.metadata.annotations {
            let mut annotated = stored.clone();
            annotated.metadata.annotations = deployment.metadata.annotations.clone();
            outcome.write(Write::Update(annotated.into()), Why::NewTemplate);
        }
        if deployment.status != stored.status {
            outcome.write(Write::UpdateStatus(deployment.into()), Why::StatusOutdated);
        }
        outcome
    }

    fn status(&mut self) -> &mut DeploymentStatus {
        self.deployment.status.get_or_insert_default()
    }

    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn is_rolling(&self) -> bool {
        self.spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref())
            != Some("Recreate")
    }

    /// `ResolveFenceposts`: how many more and how many fewer Pods than `replicas` there may be.
    fn fenceposts(&self) -> (i32, i32) {
        if !self.is_rolling() {
            return (0, 0);
        }
        let rolling =
            self.spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let scaled =
            |value: Option<&IntOrString>, up: bool| scaled_value(value, self.replicas(), up);
        let surge = scaled(rolling.and_then(|rolling| rolling.max_surge.as_ref()), true);
        let unavailable =
            scaled(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), false);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }

    fn max_surge(&self) -> i32 {
        self.fenceposts().0
    }

    fn max_unavailable(&self) -> i32 {
        if !self.is_rolling() || self.replicas() == 0 {
            return 0;
        }
        self.fenceposts().1.min(self.replicas())
    }

    fn event(&mut self, reason: &'static str, message: String) {
        let about = Object::from(self.deployment.clone());
        self.outcome.events.push(Event::normal(COMPONENT, &about, reason, message));
    }

    fn condition(&self, kind: &str) -> Option<&DeploymentCondition> {
        self.deployment.status.as_ref().and_then(|status| find_condition(status, kind))
    }

    fn new_condition(
        &self,
        kind: &str,
        status: &str,
        reason: &str,
        message: impl Into<String>,
    ) -> DeploymentCondition {
        DeploymentCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.into()),
            last_update_time: Some(self.now.timestamp()),
            last_transition_time: Some(self.now.timestamp()),
        }
    }
}

impl Sets {
    fn all(&self) -> impl Iterator<Item = &ReplicaSet> {
        self.old.iter().chain(&self.new)
    }
}

/// `spec.replicas` of a ReplicaSet.
fn size(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

fn annotation<'a>(metadata: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

fn find_condition<'a>(status: &'a DeploymentStatus, kind: &str) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == kind)
}

/// `SetDeploymentCondition`: nothing happens if status and reason are as they were; else the
/// condition moves to the end of the list.
fn set_condition(status: &mut DeploymentStatus, mut condition: DeploymentCondition) {
    if let Some(current) = find_condition(status, &condition.type_) {
        if current.status == condition.status && current.reason == condition.reason {
            return;
        }
        if current.status == condition.status {
            condition.last_transition_time.clone_from(&current.last_transition_time);
        }
    }
    remove_condition(status, &condition.type_.clone());
    status.conditions.get_or_insert_default().push(condition);
}

fn remove_condition(status: &mut DeploymentStatus, kind: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != kind);
    }
}

/// `intstr.GetScaledValueFromIntOrPercent`; zero for what is not written, or is no percentage.
pub(crate) fn scaled_value(value: Option<&IntOrString>, total: i32, up: bool) -> i32 {
    value.and_then(|value| manifest::int_or_string::scaled(value, total, up).ok()).unwrap_or(0)
}

/// Whether Pods of any set but the new one still run.
fn old_pods_run(view: &View<'_>, sets: &Sets) -> bool {
    let replicas = |set: &ReplicaSet| set.status.as_ref().map_or(0, |status| status.replicas);
    sets.old.iter().any(|set| replicas(set) > 0)
        || sets
            .old
            .iter()
            .flat_map(|set| view.owned::<Pod>(pods::uid(&set.metadata)))
            .any(|pod| !pods::is_ended(pod))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_surge_up_and_unavailable_down() {
        let percent = IntOrString::String("25%".into());
        assert_eq!(scaled_value(Some(&percent), 3, true), 1);
        assert_eq!(scaled_value(Some(&percent), 3, false), 0);
        assert_eq!(scaled_value(Some(&IntOrString::Int(2)), 10, true), 2);
    }
}
