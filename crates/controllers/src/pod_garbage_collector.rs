//! Deletes the Pods of a node that is no longer there.
//!
//! Watches Pods with a `nodeName`, and nodes. Nobody else would ever end them: their kubelet has gone
//! with the node. Models `gcOrphaned` of `pkg/controller/podgc`; it does not count ended Pods.

use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use manifest::ObjectRef;

use crate::outcome::{Deletion, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::view::View;
use crate::world::WorldChange;

/// `quarantineTime`: a node that comes back sooner keeps its Pods.
const QUARANTINE: Duration = Duration::from_secs(40);
const MESSAGE: &str = "PodGC: node no longer exists";

/// Looks at one Pod: is its node there?
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(pod) = view.find::<Pod>(key) else { return outcome };
    let Some(node) = pods::node_name(pod).filter(|node| view.node(node).is_none()) else {
        return outcome;
    };
    let gone = view.world.node(node).and_then(|machine| machine.gone);
    if gone.is_none() {
        outcome.changes.push(WorldChange::NodeGone(node.to_owned(), Some(now)));
    }
    let due = gone.unwrap_or(now) + QUARANTINE;
    if due > now {
        outcome.requeue(due.since(now), Waiting::Settling);
        return outcome;
    }
    if !pods::is_ended(pod) {
        outcome.write(Write::UpdateStatus(failed(pod, now).into()), Why::NodeGone);
    }
    let at_once = Deletion { grace_period_seconds: Some(0), foreground: false };
    outcome.write(Write::Delete(key.clone(), at_once), Why::NodeGone);
    outcome
}

/// The Pod as it is shown for the moment before it is deleted.
fn failed(pod: &Pod, now: Time) -> Pod {
    let mut pod = pod.clone();
    let status = pod.status.get_or_insert_default();
    status.phase = Some("Failed".into());
    let conditions = status.conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "DisruptionTarget");
    conditions.push(PodCondition {
        type_: "DisruptionTarget".into(),
        status: "True".into(),
        reason: Some("DeletionByPodGC".into()),
        message: Some(MESSAGE.into()),
        last_transition_time: Some(now.timestamp()),
        ..PodCondition::default()
    });
    pod
}
