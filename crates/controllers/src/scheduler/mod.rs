//! Gives each Pod a node.
//!
//! Watches Pods without a node, and what may make room for them: nodes, and Pods that go. Owns
//! `spec.nodeName` (through a binding) and the Pod condition `PodScheduled`. It never moves a Pod.
//! Models `pkg/scheduler` with its default plugins: `filter.rs` says which nodes are possible,
//! `score.rs` which is best, `terms.rs` reads selector terms. Ties go to the first node by name,
//! where the real one draws lots. Preemption is not simulated: no Pod is evicted for another.

mod filter;
mod score;
mod terms;

use std::collections::BTreeMap;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Node, Pod, PodCondition};
use manifest::{Object, ObjectRef};

use crate::outcome::{Event, Outcome, Source, Why, Write};
use crate::pods;
use crate::view::View;

pub use filter::Obstacle;
pub use terms::{matches_node_selection, tolerates, tolerates_taint};

const NAME: &str = "default-scheduler";
/// `minFeasibleNodesToFind`: in a large cluster the scheduler stops looking after so many.
const MIN_FEASIBLE: usize = 100;

/// Places one Pod, or says why it cannot be placed.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(pod) = view.find::<Pod>(key) else { return outcome };
    let spec = pods::spec(pod);
    let ours = spec.scheduler_name.as_deref().is_none_or(|name| name == NAME);
    if pods::node_name(pod).is_some() || pods::is_terminating(pod) || pods::is_ended(pod) || !ours {
        return outcome;
    }
    if spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        let message = "Scheduling is blocked due to non-empty scheduling gates";
        set_unscheduled(pod, "SchedulingGated", message, now, &mut outcome);
        return outcome;
    }
    let nodes: Vec<&Node> = view.snapshot.list::<Node>().collect();
    if nodes.is_empty() {
        fail(pod, "no nodes available to schedule pods".into(), now, &mut outcome);
        return outcome;
    }
    let cluster = filter::Cluster::new(view, pod, &nodes);
    let wanted = feasible_nodes_to_find(nodes.len());
    let first = view.snapshot.resource_version() as usize % nodes.len();
    let first = if wanted < nodes.len() { first } else { 0 };
    let mut feasible = Vec::new();
    let mut obstacles = Vec::new();
    for node in nodes[first..].iter().chain(&nodes[..first]) {
        match cluster.check(node) {
            Ok(()) => feasible.push(*node),
            Err(found) => obstacles.push(found),
        }
        if feasible.len() >= wanted {
            break;
        }
    }
    match score::best(view, pod, &nodes, &feasible) {
        Some(node) => {
            let name = pods::name(&node.metadata).to_owned();
            let message = format!("Successfully assigned {}/{} to {name}", key.namespace, key.name);
            outcome.write(
                Write::Bind { pod: key.clone(), node: name.clone() },
                Why::Placed { node: name },
            );
            outcome.events.push(event(pod, false, "Scheduled", message, "Binding"));
        }
        None => fail(pod, explain(nodes.len(), &obstacles), now, &mut outcome),
    }
    outcome
}

/// `numFeasibleNodesToFind`.
fn feasible_nodes_to_find(nodes: usize) -> usize {
    if nodes < MIN_FEASIBLE {
        return nodes;
    }
    let percent = 50usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(MIN_FEASIBLE)
}

fn fail(pod: &Pod, message: String, now: Time, outcome: &mut Outcome) {
    if set_unscheduled(pod, "Unschedulable", &message, now, outcome) {
        outcome.events.push(event(pod, true, "FailedScheduling", message, "Scheduling"));
    }
}

/// Sets condition `PodScheduled` to `False`; whether that was news.
fn set_unscheduled(
    pod: &Pod,
    reason: &str,
    message: &str,
    now: Time,
    outcome: &mut Outcome,
) -> bool {
    let before = pods::condition(pod, "PodScheduled");
    if before.is_some_and(|before| {
        before.reason.as_deref() == Some(reason) && before.message.as_deref() == Some(message)
    }) {
        return false;
    }
    let since = before
        .filter(|before| before.status == "False")
        .and_then(|before| before.last_transition_time.clone());
    let condition = PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_probe_time: None,
        last_transition_time: Some(since.unwrap_or_else(|| now.timestamp())),
        observed_generation: pod.metadata.generation,
    };
    let mut updated = pod.clone();
    let conditions = updated.status.get_or_insert_default().conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "PodScheduled");
    conditions.push(condition);
    outcome.write(Write::UpdateStatus(updated.into()), Why::Unschedulable);
    true
}

fn event(
    pod: &Pod,
    warning: bool,
    reason: &'static str,
    message: String,
    action: &'static str,
) -> Event {
    let about = Object::from(pod.clone());
    Event {
        warning,
        source: Source::Series { controller: NAME, action },
        ..Event::normal(NAME, &about, reason, message)
    }
}

/// `FitError.Error()`: how many nodes fail for which reason, and what preemption would bring.
fn explain(nodes: usize, obstacles: &[Vec<Obstacle>]) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut preemption: BTreeMap<&str, usize> = BTreeMap::new();
    for node in obstacles {
        for obstacle in node {
            *reasons.entry(&obstacle.reason).or_default() += 1;
        }
        let hopeless = node.iter().any(|obstacle| obstacle.unresolvable);
        let outlook = if hopeless {
            "Preemption is not helpful for scheduling"
        } else {
            "No preemption victims found for incoming pod"
        };
        *preemption.entry(outlook).or_default() += 1;
    }
    let list = |counts: BTreeMap<&str, usize>| {
        let mut texts: Vec<String> =
            counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        texts.sort();
        texts.join(", ")
    };
    format!(
        "0/{nodes} nodes are available: {}. no new claims to deallocate, preemption: 0/{nodes} nodes are available: {}.",
        list(reasons),
        list(preemption)
    )
}
