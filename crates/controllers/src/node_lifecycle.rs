//! Notices nodes that stop reporting, and taints nodes by their condition.
//!
//! Watches nodes. Owns the condition `Ready: Unknown` and the taints `node.kubernetes.io/…`; marks the
//! Pods of a lost node as not ready. It never evicts: `taint_eviction` does.
//! Models `pkg/controller/nodelifecycle`.

use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Node, NodeCondition, Taint};
use manifest::{Object, ObjectRef};

use crate::outcome::{Event, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::view::View;
use crate::world::KubeletHealth;

const COMPONENT: &str = "node-controller";
/// `--node-monitor-grace-period`.
const GRACE: Duration = Duration::from_secs(50);
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const PRESSURES: [(&str, &str); 3] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
];

/// Looks after one node.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(node) = view.find::<Node>(key) else { return outcome };
    let silent_since = match view.world.node(&key.name).map(|machine| machine.kubelet) {
        Some(KubeletHealth::Stopped { since } | KubeletHealth::Down { since }) => Some(since),
        Some(KubeletHealth::Running) | None => None,
    };
    let mut node = node.clone();
    if let Some(since) = silent_since {
        let due = since + GRACE;
        if due > now {
            outcome.requeue(due.since(now), Waiting::Periodic);
        } else {
            mark_unknown(&mut node, now, &mut outcome);
        }
    }
    taint(&mut node, now, &mut outcome);
    if condition(&node, "Ready").is_some_and(|ready| ready.status != "True") {
        mark_pods(view, &node, now, &mut outcome);
    }
    outcome
}

/// Every condition of a node that is not heard of becomes `Unknown`.
fn mark_unknown(node: &mut Node, now: Time, outcome: &mut Outcome) {
    let Some(conditions) = node.status.as_mut().and_then(|status| status.conditions.as_mut())
    else {
        return;
    };
    let mut changed = false;
    let mut was_ready = false;
    for condition in conditions.iter_mut().filter(|condition| condition.status != "Unknown") {
        was_ready |= condition.type_ == "Ready" && condition.status == "True";
        condition.status = "Unknown".into();
        condition.reason = Some("NodeStatusUnknown".into());
        condition.message = Some("Kubelet stopped posting node status.".into());
        condition.last_transition_time = Some(now.timestamp());
        changed = true;
    }
    if changed {
        outcome.write(Write::UpdateStatus(node.clone().into()), Why::NodeCondition);
    }
    if was_ready {
        let about = Object::from(node.clone());
        let message = format!("Node {} status is now: NodeNotReady", about.name());
        outcome.events.push(Event::normal(COMPONENT, &about, "NodeNotReady", message));
    }
}

/// `doNoScheduleTaintingPass` and `doNoExecuteTaintingPass`.
fn taint(node: &mut Node, now: Time, outcome: &mut Outcome) {
    let ready = condition(node, "Ready").map(|ready| ready.status.clone());
    let spec = node.spec.get_or_insert_default();
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    match ready.as_deref() {
        Some("False") => wanted.extend([(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]),
        Some("Unknown") => wanted.extend([(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]),
        _ => {}
    }
    if spec.unschedulable == Some(true) {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    let pressed: Vec<&str> = node
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| PRESSURES.iter().find(|(kind, _)| *kind == condition.type_))
        .map(|(_, key)| *key)
        .collect();
    wanted.extend(pressed.into_iter().map(|key| (key, "NoSchedule")));
    let before = spec.taints.clone().unwrap_or_default();
    let ours = |taint: &Taint| {
        [NOT_READY, UNREACHABLE, UNSCHEDULABLE].contains(&taint.key.as_str())
            || PRESSURES.iter().any(|(_, key)| *key == taint.key)
    };
    let is_wanted = |taint: &Taint| {
        wanted.iter().any(|(key, effect)| *key == taint.key && *effect == taint.effect)
    };
    let mut taints: Vec<Taint> =
        before.iter().filter(|taint| !ours(taint) || is_wanted(taint)).cloned().collect();
    for (key, effect) in &wanted {
        if !taints.iter().any(|taint| taint.key == *key && taint.effect == *effect) {
            taints.push(Taint {
                key: (*key).into(),
                effect: (*effect).into(),
                value: None,
                time_added: Some(now.timestamp()),
            });
        }
    }
    if taints != before {
        spec.taints = (!taints.is_empty()).then_some(taints);
        outcome.write(Write::Update(node.clone().into()), Why::NodeCondition);
    }
}

/// `MarkPodsNotReady`: nobody else can say that the Pods of a lost node do not serve.
fn mark_pods(view: &View<'_>, node: &Node, now: Time, outcome: &mut Outcome) {
    for pod in view.pods_on(pods::name(&node.metadata)).filter(|pod| pods::is_ready(pod)) {
        let mut marked = pod.clone();
        for condition in
            marked.status.iter_mut().flat_map(|status| status.conditions.iter_mut().flatten())
        {
            if condition.type_ == "Ready" {
                condition.status = "False".into();
                condition.last_transition_time = Some(now.timestamp());
            }
        }
        outcome.write(Write::UpdateStatus(marked.into()), Why::NodeCondition);
        let about = Object::from(pod.clone());
        outcome.events.push(Event::warning(COMPONENT, &about, "NodeNotReady", "Node is not ready"));
    }
}

fn condition<'a>(node: &'a Node, kind: &str) -> Option<&'a NodeCondition> {
    node.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == kind)
}
