//! Deletes Pods that do not tolerate a `NoExecute` taint of their node, or no longer.
//!
//! Watches Pods and nodes. Owns nothing; it only deletes. Models
//! `pkg/controller/tainteviction`.

use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Pod, Taint};
use manifest::{Object, ObjectRef};

use crate::outcome::{Deletion, Event, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::scheduler::tolerates_taint;
use crate::view::View;

const COMPONENT: &str = "taint-eviction-controller";

/// Deletes the Pod if its time on a tainted node is over.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(pod) = view.find::<Pod>(key).filter(|pod| !pods::is_terminating(pod)) else {
        return outcome;
    };
    let Some(node) = pods::node_name(pod).and_then(|name| view.node(name)) else { return outcome };
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let Some(due) = taints
        .filter(|taint| taint.effect == "NoExecute")
        .filter_map(|taint| leaves_at(pod, taint, now))
        .min()
    else {
        return outcome;
    };
    if due > now {
        outcome.requeue(due.since(now), Waiting::Periodic);
        return outcome;
    }
    let about = Object::from(pod.clone());
    let message = format!("Marking for deletion Pod {}", key.namespaced_name());
    outcome.events.push(Event::normal(COMPONENT, &about, "TaintManagerEviction", message));
    outcome.write(Write::Delete(key.clone(), Deletion::default()), Why::TaintNotTolerated);
    outcome
}

/// When the Pod must leave because of the taint; `None` if it tolerates it for ever.
fn leaves_at(pod: &Pod, taint: &Taint, now: Time) -> Option<Time> {
    let tolerations = pods::spec(pod).tolerations.as_deref().unwrap_or_default();
    let tolerating: Vec<_> =
        tolerations.iter().filter(|toleration| tolerates_taint(toleration, taint)).collect();
    if tolerating.is_empty() {
        return Some(now);
    }
    let seconds = tolerating.iter().filter_map(|toleration| toleration.toleration_seconds).min()?;
    let since = taint.time_added.as_ref().map_or(now, Time::from_timestamp);
    Some(since + Duration::from_secs(seconds.max(0).unsigned_abs()))
}
