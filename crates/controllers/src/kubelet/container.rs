//! One container: pull, create, run, end, restart.
//!
//! Models `kuberuntime_manager.computePodActions`, `image_manager` and the two back-offs: 10 s,
//! doubling up to 300 s, forgotten after a container ran for ten minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use apiserver::Time;
use k8s_openapi::api::core::v1::Container;

use super::Kubelet;
use super::probing::ProbeState;
use crate::images::{Process, Pull};
use crate::outcome::{PodStep, ProbeKind, Waiting};
use crate::pods;
use crate::world::WorldChange;

/// How long the runtime takes to create and start a container.
const START_TIME: Duration = Duration::from_millis(50);
/// How soon the kubelet notices that a container ended, or a pull failed, and acts on it.
const NOTICE_TIME: Duration = Duration::from_secs(1);
const BACK_OFF_FIRST: u64 = 10;
const BACK_OFF_MOST: u64 = 300;
const BACK_OFF_FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * BACK_OFF_MOST);
/// A process that ends later than this after it started is not waited for when settling.
const SHORT_RUN: Duration = Duration::from_secs(60);

/// What the kubelet knows of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerRuntime {
    /// Its name.
    pub name: String,
    /// Whether it is an init container.
    pub init: bool,
    /// Whether it is an init container that keeps running (`restartPolicy: Always`).
    pub sidecar: bool,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended last time.
    pub last: Option<Ended>,
    /// How often it was started again.
    pub restarts: i32,
    /// How often in a row it ended, for the back-off.
    pub crashes: u32,
    /// How often in a row its image could not be pulled.
    pub failed_pulls: u32,
    /// Whether its startup probe, if any, succeeded.
    pub started: bool,
    /// Whether its readiness probe, if any, succeeds.
    pub ready: bool,
    /// Its probes.
    pub probes: BTreeMap<ProbeKind, ProbeState>,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    /// It waits for the sandbox or for init containers.
    Waiting,
    /// Its image is being pulled.
    Pulling {
        /// When it will be there.
        until: Time,
    },
    /// Its image could not be pulled (`ErrImagePull`, `InvalidImageName`, `ErrImageNeverPull`).
    PullFailed {
        /// The reason in the status.
        reason: &'static str,
        /// What the runtime said.
        message: String,
        /// When the kubelet looks again.
        until: Time,
    },
    /// `ImagePullBackOff`.
    PullBackOff {
        /// What the runtime said.
        message: String,
        /// When the kubelet pulls again.
        until: Time,
    },
    /// `CreateContainerConfigError`: what its environment refers to is missing.
    ConfigError {
        /// What is missing.
        message: String,
        /// When the kubelet looks again.
        until: Time,
    },
    /// It is being created.
    Starting {
        /// When its process will run.
        until: Time,
    },
    /// Its process runs.
    Running {
        /// Since when.
        since: Time,
        /// When it ends by itself or is killed, and its exit code then.
        ends: Option<(Time, i32)>,
    },
    /// Its process ended.
    Ended(Ended),
    /// `CrashLoopBackOff`.
    CrashBackOff {
        /// How long the kubelet waits, in seconds.
        seconds: u64,
        /// Until when.
        until: Time,
    },
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When it had started.
    pub started: Time,
    /// When it ended.
    pub finished: Time,
    /// Its exit code.
    pub code: i32,
    /// Whether it stays ended, by the restart policy.
    pub over: bool,
}

impl ContainerRuntime {
    pub(super) fn new(spec: &Container, init: bool) -> Self {
        Self {
            name: spec.name.clone(),
            init,
            sidecar: init && spec.restart_policy.as_deref() == Some("Always"),
            state: ContainerState::Waiting,
            last: None,
            restarts: 0,
            crashes: 0,
            failed_pulls: 0,
            started: false,
            ready: false,
            probes: BTreeMap::new(),
        }
    }

    /// Whether it has ended and stays so.
    pub fn is_over(&self) -> bool {
        matches!(&self.state, ContainerState::Ended(ended) if ended.over)
    }

    /// Whether an init container has done what the next one waits for.
    pub(super) fn has_initialized(&self) -> bool {
        if self.sidecar {
            self.started
        } else {
            matches!(&self.state, ContainerState::Ended(ended) if ended.over && ended.code == 0)
        }
    }
}

impl Kubelet<'_> {
    /// Runs init containers one after the other, then the others together.
    pub(super) fn run_containers(&mut self, containers: &mut [ContainerRuntime]) {
        let mut initialized = true;
        let mut init_failed = false;
        for container in containers.iter_mut() {
            if container.init {
                if initialized || container.state != ContainerState::Waiting {
                    self.run_container(container);
                }
                initialized &= container.has_initialized();
                init_failed |= container.is_over() && !container.has_initialized();
            } else if initialized {
                self.run_container(container);
            }
        }
        if init_failed {
            // With `restartPolicy: Never` a failed init container fails the Pod.
            for container in containers.iter_mut().filter(|container| !container.init) {
                if container.state == ContainerState::Waiting {
                    let (started, finished) = (self.now, self.now);
                    container.state =
                        ContainerState::Ended(Ended { started, finished, code: 137, over: true });
                }
            }
        }
        let main_over =
            containers.iter().filter(|container| !container.init).all(ContainerRuntime::is_over);
        if main_over {
            for container in containers.iter_mut().filter(|container| container.sidecar) {
                if let ContainerState::Running { since, .. } = container.state {
                    let ended = Ended { started: since, finished: self.now, code: 0, over: true };
                    container.state = ContainerState::Ended(ended);
                }
            }
        }
    }

    fn run_container(&mut self, container: &mut ContainerRuntime) {
        // Every pass changes the state or leaves; a container passes through few states at one moment.
        while self.advance_container(container) {}
    }

    /// One transition, if one is due; whether there was one.
    fn advance_container(&mut self, container: &mut ContainerRuntime) -> bool {
        let Some(spec) = self.container_spec(container).cloned() else { return false };
        let now = self.now;
        match container.state.clone() {
            ContainerState::Waiting => self.pull(container, &spec),
            ContainerState::Pulling { until } => {
                if self.is_later(until, Waiting::Settling) {
                    return false;
                }
                self.pulled(container, &spec);
                true
            }
            ContainerState::PullFailed { reason, message, until } => {
                let again =
                    if reason == "ErrImagePull" { Waiting::Settling } else { Waiting::Periodic };
                if self.is_later(until, again) {
                    return false;
                }
                if reason != "ErrImagePull" {
                    return self.pull(container, &spec);
                }
                let image = image_of(&spec);
                self.container_event(
                    container,
                    false,
                    "BackOff",
                    format!("Back-off pulling image \"{image}\""),
                );
                self.container_event(container, true, "Failed", "Error: ImagePullBackOff");
                self.step(PodStep::Image);
                let seconds = back_off(container.failed_pulls.saturating_sub(1));
                container.state = ContainerState::PullBackOff {
                    message,
                    until: now + Duration::from_secs(seconds),
                };
                true
            }
            ContainerState::PullBackOff { until, .. } => {
                !self.is_later(until, Waiting::Periodic) && self.pull(container, &spec)
            }
            ContainerState::ConfigError { until, .. } => {
                !self.is_later(until, Waiting::Periodic) && self.create(container, &spec)
            }
            ContainerState::Starting { until } => {
                if self.is_later(until, Waiting::Settling) {
                    return false;
                }
                self.start(container, &spec);
                true
            }
            ContainerState::Running { since, ends } => self.run_on(container, &spec, since, ends),
            ContainerState::Ended(ended) => {
                if ended.over || self.is_later(ended.finished + NOTICE_TIME, Waiting::Settling) {
                    return false;
                }
                self.restart(container, &spec, ended)
            }
            ContainerState::CrashBackOff { until, .. } => {
                if self.is_later(until, Waiting::Periodic) {
                    return false;
                }
                container.restarts += 1;
                self.pull(container, &spec)
            }
        }
    }

    /// Whether a moment is still to come; if so, asks to be woken then.
    pub(super) fn is_later(&mut self, at: Time, kind: Waiting) -> bool {
        let later = at > self.now;
        if later {
            self.wake(at, kind);
        }
        later
    }

    fn pull(&mut self, container: &mut ContainerRuntime, spec: &Container) -> bool {
        let image = image_of(spec).to_owned();
        let policy = spec.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
        let present = self.machine.images.contains(&image);
        self.step(PodStep::Image);
        if present && policy != "Always" {
            let message = format!(
                "Container image \"{image}\" already present on machine and can be accessed by the pod"
            );
            self.container_event(container, false, "Pulled", message);
            return self.create(container, spec);
        }
        let failed = |reason, message: String, now: Time| ContainerState::PullFailed {
            reason,
            message,
            until: now + Duration::from_secs(BACK_OFF_FIRST),
        };
        let pull = self.view.world.images.behaviour(spec).pull;
        if pull == Pull::Invalid {
            let message = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
            );
            self.container_event(container, true, "InspectFailed", message.clone());
            self.container_event(container, true, "Failed", "Error: InvalidImageName");
            container.state = failed("InvalidImageName", message, self.now);
            return true;
        }
        if policy == "Never" {
            let message =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            self.container_event(container, true, "ErrImageNeverPull", message.clone());
            self.container_event(container, true, "Failed", "Error: ErrImageNeverPull");
            container.state = failed("ErrImageNeverPull", message, self.now);
            return true;
        }
        self.container_event(container, false, "Pulling", format!("Pulling image \"{image}\""));
        let takes = match pull {
            Pull::Comes { takes, .. } => takes,
            Pull::Fails(_) | Pull::Invalid => crate::images::PULL_TIME,
        };
        container.state = ContainerState::Pulling { until: self.now + takes };
        true
    }

    /// The end of a pull.
    fn pulled(&mut self, container: &mut ContainerRuntime, spec: &Container) {
        let image = image_of(spec).to_owned();
        self.step(PodStep::Image);
        match self.view.world.images.behaviour(spec).pull {
            Pull::Comes { takes, size } => {
                let took = format_seconds(takes);
                self.container_event(
                    container,
                    false,
                    "Pulled",
                    format!(
                        "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {size} bytes."
                    ),
                );
                self.machine.images.insert(image.clone());
                let node = pods::name(&self.node.metadata).to_owned();
                self.outcome.changes.push(WorldChange::Pulled { node, image });
                container.failed_pulls = 0;
                self.create(container, spec);
            }
            Pull::Fails(message) => {
                container.failed_pulls += 1;
                self.container_event(
                    container,
                    true,
                    "Failed",
                    format!("Failed to pull image \"{image}\": {message}"),
                );
                self.container_event(container, true, "Failed", "Error: ErrImagePull");
                let until = self.now + NOTICE_TIME;
                container.state =
                    ContainerState::PullFailed { reason: "ErrImagePull", message, until };
            }
            Pull::Invalid => container.state = ContainerState::Waiting,
        }
    }

    fn create(&mut self, container: &mut ContainerRuntime, spec: &Container) -> bool {
        if let Some(message) = super::status::missing_environment(self.view, self.pod, spec) {
            self.container_event(container, true, "Failed", format!("Error: {message}"));
            let until = self.now + Duration::from_secs(BACK_OFF_FIRST);
            container.state = ContainerState::ConfigError { message, until };
        } else {
            container.state = ContainerState::Starting { until: self.now + START_TIME };
        }
        true
    }

    fn start(&mut self, container: &mut ContainerRuntime, spec: &Container) {
        self.container_event(container, false, "Created", "Container created");
        self.container_event(container, false, "Started", "Container started");
        self.step(PodStep::Started);
        let ends = match self.view.world.images.behaviour(spec).process {
            Process::Runs => None,
            Process::Exits { after, code } => Some((self.now + after, code)),
        };
        container.state = ContainerState::Running { since: self.now, ends };
        self.begin_probing(container, spec);
    }

    fn run_on(
        &mut self,
        container: &mut ContainerRuntime,
        spec: &Container,
        since: Time,
        ends: Option<(Time, i32)>,
    ) -> bool {
        if let Some((at, code)) = ends {
            let kind = if container.restarts == 0 && at.since(since) <= SHORT_RUN {
                Waiting::Settling
            } else {
                Waiting::Periodic
            };
            if !self.is_later(at, kind) {
                self.end(container, since, code);
                return true;
            }
        }
        self.probe(container, spec, since)
    }

    /// The process has ended; the restart policy says whether for good.
    pub(super) fn end(&mut self, container: &mut ContainerRuntime, started: Time, code: i32) {
        let policy = pods::spec(self.pod).restart_policy.as_deref().unwrap_or("Always");
        let again = match policy {
            "Always" => !container.init || container.sidecar || code != 0,
            "OnFailure" => code != 0 || container.sidecar,
            _ => container.sidecar,
        };
        self.step(PodStep::Ended);
        let ended = Ended { started, finished: self.now, code, over: !again };
        container.state = ContainerState::Ended(ended);
        container.ready = false;
        container.started = false;
        container.probes.clear();
    }

    /// Starts the container again: at once after the first end, later and later after that.
    fn restart(
        &mut self,
        container: &mut ContainerRuntime,
        spec: &Container,
        ended: Ended,
    ) -> bool {
        if ended.finished.since(ended.started) > BACK_OFF_FORGOTTEN_AFTER {
            container.crashes = 0;
        }
        container.last = Some(ended.clone());
        container.crashes += 1;
        if container.crashes == 1 {
            container.restarts += 1;
            return self.pull(container, spec);
        }
        let seconds = back_off(container.crashes - 2);
        let id = pod_id(self.pod);
        let message =
            format!("Back-off restarting failed container {} in pod {id}", container.name);
        self.container_event(container, true, "BackOff", message);
        let until = ended.finished + Duration::from_secs(seconds);
        container.state = ContainerState::CrashBackOff { seconds, until };
        true
    }
}

/// `name_namespace(uid)`, as the kubelet names a Pod in messages.
pub(super) fn pod_id(pod: &k8s_openapi::api::core::v1::Pod) -> String {
    let metadata = &pod.metadata;
    format!("{}_{}({})", pods::name(metadata), pods::namespace(metadata), pods::uid(metadata))
}

fn image_of(spec: &Container) -> &str {
    spec.image.as_deref().unwrap_or_default()
}

fn back_off(doublings: u32) -> u64 {
    BACK_OFF_FIRST.saturating_mul(1 << doublings.min(10)).min(BACK_OFF_MOST)
}

/// `300ms`, `1.2s`, as Go prints a duration.
fn format_seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else {
        let text = format!("{:.3}", duration.as_secs_f64());
        format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
    }
}
