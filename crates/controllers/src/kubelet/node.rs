//! What a kubelet reports about its node.
//!
//! Watches nodes. Owns the node's conditions while its kubelet runs, and its capacity if none is
//! written. It never touches taints. Models `pkg/kubelet/kubelet_node_status.go`. Heartbeats are not
//! written one by one: a kubelet that runs is taken to report.

use std::collections::BTreeMap;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Node, NodeCondition};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use manifest::ObjectRef;

use crate::outcome::{Outcome, Why, Write};
use crate::view::View;
use crate::world::{KubeletHealth, WorldChange};

const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                          message:Network plugin returns error: cni plugin not initialized";

/// Reports one node's conditions.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(node) = view.find::<Node>(key) else { return outcome };
    if view.world.node(&key.name).is_some_and(|machine| machine.gone.is_some()) {
        outcome.changes.push(WorldChange::NodeGone(key.name.clone(), None));
    }
    let runs =
        view.world.node(&key.name).is_none_or(|machine| machine.kubelet == KubeletHealth::Running);
    if !runs {
        return outcome;
    }
    let mut status = node.status.clone().unwrap_or_default();
    let ready = if view.world.network_plugin {
        ("True", "KubeletReady", "kubelet is posting ready status")
    } else {
        ("False", "KubeletNotReady", NO_NETWORK)
    };
    let conditions = [
        (
            "MemoryPressure",
            ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ),
        ("DiskPressure", ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure")),
        (
            "PIDPressure",
            ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ),
        ("Ready", ready),
    ];
    let list = status.conditions.get_or_insert_default();
    for (kind, (value, reason, message)) in conditions {
        let before = list.iter().find(|condition| condition.type_ == kind);
        if before.is_some_and(|before| {
            before.status == value
                && before.reason.as_deref() == Some(reason)
                && before.message.as_deref() == Some(message)
        }) {
            continue;
        }
        let since = before
            .filter(|before| before.status == value)
            .and_then(|before| before.last_transition_time.clone());
        let condition = NodeCondition {
            type_: kind.to_owned(),
            status: value.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(now.timestamp()),
            last_transition_time: Some(since.unwrap_or_else(|| now.timestamp())),
        };
        match list.iter_mut().find(|condition| condition.type_ == kind) {
            Some(place) => *place = condition,
            None => list.push(condition),
        }
    }
    if status.allocatable.is_none() {
        let usual: BTreeMap<String, Quantity> = [("cpu", "4"), ("memory", "8Gi"), ("pods", "110")]
            .into_iter()
            .map(|(name, amount)| (name.to_owned(), Quantity(amount.to_owned())))
            .collect();
        let capacity = status.capacity.get_or_insert(usual).clone();
        status.allocatable = Some(capacity);
    }
    if node.status.as_ref() != Some(&status) {
        outcome.write(
            Write::UpdateStatus(Node { status: Some(status), ..node.clone() }.into()),
            Why::NodeCondition,
        );
    }
    outcome
}
