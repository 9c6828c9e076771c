//! The Pod as the container runtime has it: a sandbox with addresses, and containers in it.

use std::net::IpAddr;
use std::time::Duration;

use apiserver::Time;
use k8s_openapi::api::core::v1::Pod;

use super::Kubelet;
use super::container::{ContainerRuntime, ContainerState, Ended};
use crate::ipam::Ipam;
use crate::outcome::{PodStep, Waiting};
use crate::pods;
use crate::world::WorldChange;

/// How long the runtime takes to make a sandbox, network included.
const SANDBOX_TIME: Duration = Duration::from_millis(150);
/// How soon the kubelet tries again to make a sandbox that it could not make.
const SANDBOX_RETRY: Duration = Duration::from_secs(10);

/// What the kubelet knows of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodRuntime {
    /// The Pod's uid; another Pod of the same name is another Pod.
    pub uid: String,
    /// The node it runs on.
    pub node: String,
    /// When the kubelet first saw it.
    pub admitted: Time,
    /// Its network namespace.
    pub sandbox: Sandbox,
    /// Its containers: init containers first, in the order of the spec.
    pub containers: Vec<ContainerRuntime>,
    /// Set once the Pod is being deleted.
    pub stopping: Option<Stopping>,
}

/// A Pod's network namespace.
#[derive(Clone, Debug, PartialEq)]
pub enum Sandbox {
    /// It is being made.
    Creating {
        /// When it will be there.
        until: Time,
    },
    /// It could not be made.
    Failed {
        /// When the kubelet tries again.
        retry: Time,
    },
    /// It is there.
    Ready {
        /// The Pod's addresses; the node's if it uses the host's network.
        addresses: Vec<IpAddr>,
    },
    /// It was torn down after the last container ended.
    Gone {
        /// The addresses it had.
        addresses: Vec<IpAddr>,
    },
}

/// A Pod on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopping {
    /// When the last container will have ended.
    pub ends: Time,
    /// The grace period this was reckoned with, in seconds.
    pub grace: i64,
}

impl PodRuntime {
    /// A Pod the kubelet has just seen.
    pub(super) fn admit(pod: &Pod, now: Time) -> Self {
        let spec = pods::spec(pod);
        let init = spec
            .init_containers
            .iter()
            .flatten()
            .map(|container| ContainerRuntime::new(container, true));
        let main = spec.containers.iter().map(|container| ContainerRuntime::new(container, false));
        Self {
            uid: pods::uid(&pod.metadata).to_owned(),
            node: pods::node_name(pod).unwrap_or_default().to_owned(),
            admitted: now,
            sandbox: Sandbox::Creating { until: now + SANDBOX_TIME },
            containers: init.chain(main).collect(),
            stopping: None,
        }
    }

    /// The machine was off since then: the sandbox is gone, and what ran has ended.
    pub(crate) fn reboot(&mut self, since: Time) {
        if matches!(self.sandbox, Sandbox::Gone { .. }) {
            return;
        }
        self.sandbox = Sandbox::Creating { until: since };
        for container in self.containers.iter_mut().filter(|container| !container.is_over()) {
            if let ContainerState::Running { since: started, .. } = container.state {
                container.last = Some(Ended { started, finished: since, code: 255, over: false });
                container.restarts += 1;
            }
            container.state = ContainerState::Waiting;
            container.probes.clear();
            container.ready = false;
            container.started = false;
        }
    }

    /// The addresses of the Pod's network namespace.
    pub fn addresses(&self) -> &[IpAddr] {
        match &self.sandbox {
            Sandbox::Ready { addresses } | Sandbox::Gone { addresses } => addresses,
            Sandbox::Creating { .. } | Sandbox::Failed { .. } => &[],
        }
    }

    /// Whether a container's process runs now.
    pub fn is_running(&self, container: &str) -> bool {
        self.containers.iter().any(|known| {
            known.name == container && matches!(known.state, ContainerState::Running { .. })
        })
    }
}

impl Kubelet<'_> {
    /// Takes the Pod through every step that is due; whether it is gone from the node afterwards.
    pub(super) fn advance(&mut self, runtime: &mut PodRuntime) -> bool {
        if pods::is_terminating(self.pod) {
            return self.stop(runtime);
        }
        if !self.make_sandbox(runtime) {
            return false;
        }
        let mut containers = std::mem::take(&mut runtime.containers);
        self.run_containers(&mut containers);
        let all_ended = containers
            .iter()
            .filter(|container| !container.init)
            .all(|container| container.is_over());
        runtime.containers = containers;
        if all_ended && let Sandbox::Ready { addresses } = &runtime.sandbox {
            runtime.sandbox = Sandbox::Gone { addresses: addresses.clone() };
            self.release_addresses(&runtime.uid);
        }
        false
    }

    /// Whether the sandbox is there.
    fn make_sandbox(&mut self, runtime: &mut PodRuntime) -> bool {
        match runtime.sandbox {
            Sandbox::Ready { .. } | Sandbox::Gone { .. } => return true,
            Sandbox::Creating { until } | Sandbox::Failed { retry: until } if until > self.now => {
                let kind = match runtime.sandbox {
                    Sandbox::Failed { .. } => Waiting::Periodic,
                    _ => Waiting::Settling,
                };
                self.wake(until, kind);
                return false;
            }
            Sandbox::Creating { .. } | Sandbox::Failed { .. } => {}
        }
        let addresses = if pods::spec(self.pod).host_network == Some(true) {
            Ok(super::status::node_addresses(self.node))
        } else if !self.view.world.network_plugin {
            self.step(PodStep::NetworkNotReady);
            Err((
                "NetworkNotReady",
                "network is not ready: container runtime network not ready: NetworkReady=false \
                 reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
                    .to_owned(),
            ))
        } else if let Some(missing) = super::status::missing_volume(self.view, self.pod) {
            Err(("FailedMount", missing))
        } else {
            self.reserve_addresses(&runtime.uid)
        };
        match addresses {
            Ok(addresses) => {
                self.step(PodStep::Sandbox);
                runtime.sandbox = Sandbox::Ready { addresses };
                true
            }
            Err((reason, message)) => {
                self.event(true, reason, message);
                runtime.sandbox = Sandbox::Failed { retry: self.now + SANDBOX_RETRY };
                self.wake(self.now + SANDBOX_RETRY, Waiting::Periodic);
                false
            }
        }
    }

    /// One address of each of the node's podCIDRs.
    fn reserve_addresses(&mut self, holder: &str) -> Result<Vec<IpAddr>, (&'static str, String)> {
        let failed = |why: String| {
            let message = format!(
                "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \
                 \"{}\": plugin type=\"bridge\" failed (add): {why}",
                super::status::container_id(holder, "sandbox")
            );
            ("FailedCreatePodSandBox", message)
        };
        let spec = self.node.spec.clone().unwrap_or_default();
        let ranges = spec
            .pod_cidrs
            .clone()
            .filter(|ranges| !ranges.is_empty())
            .or(spec.pod_cidr.map(|range| vec![range]));
        let mut ipam = self.machine.ipam.clone();
        for range in ranges.iter().flatten().filter_map(|range| range.parse().ok()) {
            if !ipam.iter().any(|known| known.range() == range) {
                ipam.push(Ipam::new(range));
            }
        }
        if ipam.is_empty() {
            return Err(failed(format!(
                "node \"{}\" has no podCIDR",
                pods::name(&self.node.metadata)
            )));
        }
        let mut addresses = Vec::new();
        for range in &mut ipam {
            match range.reserve(holder) {
                Some(address) => addresses.push(address),
                None => {
                    return Err(failed(format!(
                        "no IP addresses available in range set: {}",
                        range.range()
                    )));
                }
            }
        }
        self.machine.ipam = ipam.clone();
        self.outcome
            .changes
            .push(WorldChange::Ipam(pods::name(&self.node.metadata).to_owned(), ipam));
        Ok(addresses)
    }

    pub(super) fn release_addresses(&mut self, holder: &str) {
        let mut ipam = self.machine.ipam.clone();
        for range in &mut ipam {
            range.release(holder);
        }
        if ipam != self.machine.ipam {
            self.machine.ipam = ipam.clone();
            self.outcome
                .changes
                .push(WorldChange::Ipam(pods::name(&self.node.metadata).to_owned(), ipam));
        }
    }

    /// Graceful termination: the preStop hook and SIGTERM, SIGKILL when the grace period is over.
    /// Whether everything has ended.
    fn stop(&mut self, runtime: &mut PodRuntime) -> bool {
        let grace = self.pod.metadata.deletion_grace_period_seconds.unwrap_or(30).max(0);
        if runtime.stopping.as_ref().is_none_or(|stopping| grace < stopping.grace) {
            let allowed = Duration::from_secs(grace.unsigned_abs());
            let mut longest = Duration::ZERO;
            for container in runtime.containers.clone() {
                if !matches!(container.state, ContainerState::Running { .. }) {
                    continue;
                }
                if runtime.stopping.is_none() {
                    self.container_event(
                        &container,
                        false,
                        "Killing",
                        format!("Stopping container {}", container.name),
                    );
                }
                longest = longest.max(self.stop_time(&container).min(allowed));
            }
            self.step(PodStep::Stopping);
            runtime.stopping = Some(Stopping { ends: self.now + longest, grace });
        }
        let ends = runtime.stopping.as_ref().map_or(self.now, |stopping| stopping.ends);
        if ends > self.now {
            let mut containers = std::mem::take(&mut runtime.containers);
            self.probe_while_stopping(&mut containers);
            runtime.containers = containers;
            self.wake(ends, Waiting::Settling);
            return false;
        }
        self.release_addresses(&runtime.uid);
        true
    }

    fn stop_time(&self, container: &ContainerRuntime) -> Duration {
        let Some(spec) = self.container_spec(container) else { return Duration::ZERO };
        let hook = spec.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        let slept = hook.and_then(|hook| {
            let sleep = hook.sleep.as_ref().map(|sleep| sleep.seconds);
            let command = hook.exec.as_ref().and_then(|exec| exec.command.as_ref());
            sleep.or_else(|| seconds_of_sleep(command?))
        });
        let hook_time = Duration::from_secs(slept.unwrap_or(0).max(0).unsigned_abs());
        hook_time + self.view.world.images.behaviour(spec).stops_in
    }
}

/// The seconds that `sleep N` or `sh -c "sleep N"` takes; what else a hook does takes no time.
fn seconds_of_sleep(command: &[String]) -> Option<i64> {
    let words: Vec<&str> = command.iter().flat_map(|word| word.split_whitespace()).collect();
    let position = words.iter().position(|word| *word == "sleep" || word.ends_with("/sleep"))?;
    words.get(position + 1)?.trim_end_matches([';', 's']).parse().ok()
}
