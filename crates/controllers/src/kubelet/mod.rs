//! Brings the Pods bound to a node to life, and to an end, on that node's machine.
//!
//! Watches Pods with a `nodeName`, and nodes. Owns the Pod's status (but for `PodScheduled`), the
//! node's addresses and what runs there. It never creates a Pod and never moves one.
//! Models `pkg/kubelet`: this file is `kubelet.SyncPod` and the Pod workers; `runtime.rs` is
//! `kuberuntime`, `container.rs` one container of it; `probing.rs` is `prober`; `status.rs` is
//! `status_manager` and `kubelet_pods.generateAPIPodStatus`; `node.rs` is `kubelet_node_status`.
//!
//! Each step takes the virtual time that the real thing takes roughly, so that settling can be watched.

pub(crate) mod container;
pub mod node;
mod probing;
mod runtime;
mod status;

pub use container::{ContainerRuntime, ContainerState, Ended};
pub use probing::ProbeState;
pub use runtime::{PodRuntime, Sandbox, Stopping};

use apiserver::Time;
use k8s_openapi::api::core::v1::{Container, Node, Pod};
use manifest::{Object, ObjectRef};

use crate::outcome::{Deletion, Event, Outcome, PodStep, Source, Waiting, Why, Write};
use crate::pods;
use crate::view::View;
use crate::world::{KubeletHealth, NodeRuntime, WorldChange};

/// Takes one Pod as far as it gets at `now` on its node.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let known = view.world.pod(key);
    let pod = view.find::<Pod>(key);
    if let Some(known) = known
        && pod.is_none_or(|pod| pods::uid(&pod.metadata) != known.uid)
    {
        forget(view, key, known, &mut outcome);
        if pod.is_some() {
            outcome.requeue(std::time::Duration::ZERO, Waiting::Settling);
        }
        return outcome;
    }
    let Some((pod, node)) = pod.and_then(|pod| Some((pod, pods::node_name(pod)?))) else {
        return outcome;
    };
    let machine = view.world.node(node).cloned().unwrap_or_default();
    if machine.kubelet != KubeletHealth::Running {
        return outcome;
    }
    let Some(node) = view.node(node) else { return outcome };
    if pods::is_ended(pod) && pods::is_terminating(pod) {
        outcome.write(
            Write::Delete(
                key.clone(),
                Deletion { grace_period_seconds: Some(0), foreground: false },
            ),
            Why::PodStep(PodStep::Stopped),
        );
        return outcome;
    }
    let mut kubelet = Kubelet { view, now, pod, node, machine, outcome };
    let before = known.cloned();
    let mut runtime = before.clone().unwrap_or_else(|| PodRuntime::admit(pod, now));
    if before.is_none() {
        kubelet.outcome.because(Why::PodStep(PodStep::Admitted));
    }
    let gone = kubelet.advance(&mut runtime);
    kubelet.finish(before, runtime, gone)
}

/// One reconcile of one Pod.
pub(crate) struct Kubelet<'a> {
    view: &'a View<'a>,
    now: Time,
    pod: &'a Pod,
    node: &'a Node,
    machine: NodeRuntime,
    outcome: Outcome,
}

impl Kubelet<'_> {
    fn finish(mut self, before: Option<PodRuntime>, runtime: PodRuntime, gone: bool) -> Outcome {
        let key = pods::reference(self.pod);
        if gone {
            self.outcome.write(
                Write::Delete(
                    key.clone(),
                    Deletion { grace_period_seconds: Some(0), foreground: false },
                ),
                Why::PodStep(PodStep::Stopped),
            );
        } else {
            let status = status::of(self.pod, &runtime, self.node, self.now);
            if self.pod.status.as_ref() != Some(&status) {
                let updated = Pod { status: Some(status), ..self.pod.clone() };
                self.outcome.write(Write::UpdateStatus(updated.into()), Why::StatusOutdated);
            }
        }
        if before.as_ref() != Some(&runtime) {
            self.outcome.changes.push(WorldChange::Pod(key, Some(Box::new(runtime))));
        }
        self.outcome
    }

    /// An event of this kubelet about the Pod.
    fn event(&mut self, warning: bool, reason: &'static str, message: impl Into<String>) {
        self.push_event(None, warning, reason, message.into());
    }

    /// An event of this kubelet about one container.
    fn container_event(
        &mut self,
        container: &ContainerRuntime,
        warning: bool,
        reason: &'static str,
        message: impl Into<String>,
    ) {
        let list = if container.init { "initContainers" } else { "containers" };
        self.push_event(
            Some(format!("spec.{list}{{{}}}", container.name)),
            warning,
            reason,
            message.into(),
        );
    }

    fn push_event(
        &mut self,
        field_path: Option<String>,
        warning: bool,
        reason: &'static str,
        message: String,
    ) {
        let host = self.node.metadata.name.clone();
        let about = Object::from(self.pod.clone());
        self.outcome.events.push(Event {
            field_path,
            warning,
            source: Source::Core { component: "kubelet", host },
            ..Event::normal("kubelet", &about, reason, message)
        });
    }

    /// Asks to come back at a moment, and remembers that something is waited for.
    fn wake(&mut self, at: Time, kind: Waiting) {
        self.outcome.requeue(at.since(self.now), kind);
    }

    fn container_spec(&self, runtime: &ContainerRuntime) -> Option<&Container> {
        let spec = pods::spec(self.pod);
        let list = if runtime.init {
            spec.init_containers.as_deref().unwrap_or_default()
        } else {
            &spec.containers
        };
        list.iter().find(|container| container.name == runtime.name)
    }

    fn step(&mut self, step: PodStep) {
        self.outcome.because(Why::PodStep(step));
    }
}

/// The Pod is gone from the API: its containers end and its addresses are free.
fn forget(view: &View<'_>, key: &ObjectRef, known: &PodRuntime, outcome: &mut Outcome) {
    outcome.changes.push(WorldChange::Pod(key.clone(), None));
    if let Some(machine) = view.world.node(&known.node) {
        let mut ipam = machine.ipam.clone();
        for range in &mut ipam {
            range.release(&known.uid);
        }
        if ipam != machine.ipam {
            outcome.changes.push(WorldChange::Ipam(known.node.clone(), ipam));
        }
    }
}
