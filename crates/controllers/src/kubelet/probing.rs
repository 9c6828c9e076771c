//! Startup, liveness and readiness probes.
//!
//! Models `pkg/kubelet/prober`. The probes themselves are run by whoever gave `settle` its `Prober`;
//! this file says when to run one and what its result means.

use std::collections::BTreeMap;
use std::time::Duration;

use apiserver::Time;
use k8s_openapi::api::core::v1::{Container, Probe};

use super::Kubelet;
use super::container::{ContainerRuntime, ContainerState};
use crate::outcome::{PodStep, ProbeKind, ProbeRequest, ProbeResult, Waiting};
use crate::pods;

/// Where one probe of a container stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeState {
    /// When it is run next.
    pub next: Time,
    /// How often in a row it succeeded.
    pub successes: i32,
    /// How often in a row it failed.
    pub failures: i32,
    /// A result that has come in and was not yet acted upon.
    pub result: Option<ProbeResult>,
    /// Whether it was asked for and its result is awaited.
    pub asked: bool,
}

const KINDS: [ProbeKind; 3] = [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness];

impl Kubelet<'_> {
    /// Sets the probes of a container that has just started.
    pub(super) fn begin_probing(&mut self, container: &mut ContainerRuntime, spec: &Container) {
        container.probes = BTreeMap::new();
        for kind in KINDS {
            if let Some(probe) = probe_of(spec, kind) {
                let delay = Duration::from_secs(positive(probe.initial_delay_seconds, 0));
                let state = ProbeState {
                    next: self.now + delay,
                    successes: 0,
                    failures: 0,
                    result: None,
                    asked: false,
                };
                container.probes.insert(kind, state);
            }
        }
        container.started = !container.probes.contains_key(&ProbeKind::Startup);
        container.ready = !container.probes.contains_key(&ProbeKind::Readiness)
            && container.started
            && self.view.world.images.behaviour(spec).ready;
    }

    /// Runs what is due and acts on what has come in; whether the container's state changed.
    pub(super) fn probe(
        &mut self,
        container: &mut ContainerRuntime,
        spec: &Container,
        since: Time,
    ) -> bool {
        for kind in KINDS {
            let Some(probe) = probe_of(spec, kind) else { continue };
            // Until the startup probe has succeeded the others wait; after that it rests.
            if (kind == ProbeKind::Startup) == container.started {
                continue;
            }
            let Some(mut state) = container.probes.get(&kind).cloned() else { continue };
            if let Some(result) = state.result.take() {
                state.asked = false;
                state.next = self.now + Duration::from_secs(positive(probe.period_seconds, 10));
                let killed = self.act_on(container, kind, probe, &mut state, result);
                container.probes.insert(kind, state.clone());
                if killed {
                    self.kill(container, spec, kind, since);
                    return true;
                }
            }
            // A Pod that is not ready yet is on its way; liveness only ever takes something away.
            let first = state.successes == 0 && state.failures == 0 && kind != ProbeKind::Liveness;
            if state.next > self.now {
                self.wake(state.next, if first { Waiting::Settling } else { Waiting::Periodic });
            } else if !state.asked {
                state.asked = true;
                self.outcome.probes.push(ProbeRequest {
                    pod: pods::reference(self.pod),
                    container: container.name.clone(),
                    kind,
                    probe: probe.clone(),
                });
            }
            container.probes.insert(kind, state);
        }
        false
    }

    /// While a Pod stops its readiness is still probed: it may go on serving.
    pub(super) fn probe_while_stopping(&mut self, containers: &mut [ContainerRuntime]) {
        for container in containers {
            if let ContainerState::Running { .. } = container.state {
                container.probes.remove(&ProbeKind::Liveness);
                container.probes.remove(&ProbeKind::Startup);
            }
        }
    }

    /// Counts a result; whether the container must be killed for it.
    fn act_on(
        &mut self,
        container: &mut ContainerRuntime,
        kind: ProbeKind,
        probe: &Probe,
        state: &mut ProbeState,
        result: ProbeResult,
    ) -> bool {
        match result {
            ProbeResult::Success => {
                state.failures = 0;
                state.successes = state.successes.saturating_add(1);
                if state.successes < probe.success_threshold.unwrap_or(1).max(1) {
                    return false;
                }
                match kind {
                    ProbeKind::Readiness if !container.ready => {
                        container.ready = true;
                        self.step(PodStep::Readiness);
                    }
                    ProbeKind::Startup => {
                        container.started = true;
                        container.ready = !container.probes.contains_key(&ProbeKind::Readiness);
                        self.step(PodStep::Readiness);
                    }
                    ProbeKind::Readiness | ProbeKind::Liveness => {}
                }
                false
            }
            ProbeResult::Failure(message) => {
                let word = name_of(kind);
                self.container_event(
                    container,
                    true,
                    "Unhealthy",
                    format!("{word} probe failed: {message}"),
                );
                state.successes = 0;
                state.failures = state.failures.saturating_add(1);
                if state.failures < probe.failure_threshold.unwrap_or(3).max(1) {
                    return false;
                }
                match kind {
                    ProbeKind::Readiness => {
                        if container.ready {
                            container.ready = false;
                            self.step(PodStep::Readiness);
                        }
                        false
                    }
                    ProbeKind::Liveness | ProbeKind::Startup => true,
                }
            }
        }
    }

    /// Kills a container whose liveness or startup probe failed too often. It has the grace period
    /// to end; the runtime's own time for that is short and not shown.
    fn kill(
        &mut self,
        container: &mut ContainerRuntime,
        spec: &Container,
        kind: ProbeKind,
        since: Time,
    ) {
        let word = name_of(kind).to_lowercase();
        let message =
            format!("Container {} failed {word} probe, will be restarted", container.name);
        self.container_event(container, false, "Killing", message);
        let grace = pods::spec(self.pod).termination_grace_period_seconds.unwrap_or(30);
        let stops_in = self.view.world.images.behaviour(spec).stops_in;
        let code =
            if stops_in > Duration::from_secs(grace.max(0).unsigned_abs()) { 137 } else { 0 };
        self.end(container, since, code);
    }
}

/// A probe of a container.
pub(super) fn probe_of(spec: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => spec.startup_probe.as_ref(),
        ProbeKind::Liveness => spec.liveness_probe.as_ref(),
        ProbeKind::Readiness => spec.readiness_probe.as_ref(),
    }
}

fn name_of(kind: ProbeKind) -> &'static str {
    match kind {
        ProbeKind::Startup => "Startup",
        ProbeKind::Liveness => "Liveness",
        ProbeKind::Readiness => "Readiness",
    }
}

fn positive(seconds: Option<i32>, default: u64) -> u64 {
    seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(default)
}
