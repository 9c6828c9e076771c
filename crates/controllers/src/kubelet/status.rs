//! A Pod's status as its kubelet reports it.
//!
//! Models `kubelet_pods.generateAPIPodStatus`, `getPhase` and `status.Generate*Condition`.

use std::net::IpAddr;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, ContainerState as ApiState, ContainerStateRunning,
    ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, HostIP, Node, Pod,
    PodCondition, PodIP, PodStatus, Secret,
};

use super::container::{ContainerRuntime, ContainerState, Ended};
use super::runtime::{PodRuntime, Sandbox};
use crate::images::full_reference;
use crate::pods;
use crate::view::View;

/// The status of a Pod whose runtime stands so.
pub(super) fn of(pod: &Pod, runtime: &PodRuntime, node: &Node, now: Time) -> PodStatus {
    let before = pod.status.clone().unwrap_or_default();
    let statuses = |init: bool| -> Option<Vec<ContainerStatus>> {
        let list: Vec<_> = runtime
            .containers
            .iter()
            .filter(|container| container.init == init)
            .map(|container| container_status(pod, runtime, container))
            .collect();
        (!list.is_empty()).then_some(list)
    };
    let host = node_addresses(node);
    let addresses = runtime.addresses();
    let phase = phase(pod, runtime);
    let mut status = PodStatus {
        phase: Some(phase.to_owned()),
        host_ip: host.first().map(IpAddr::to_string),
        host_ips: (!host.is_empty())
            .then(|| host.iter().map(|ip| HostIP { ip: ip.to_string() }).collect()),
        pod_ip: addresses.first().map(IpAddr::to_string),
        pod_ips: (!addresses.is_empty())
            .then(|| addresses.iter().map(|ip| PodIP { ip: ip.to_string() }).collect()),
        init_container_statuses: statuses(true),
        container_statuses: statuses(false),
        start_time: before.start_time.clone().or_else(|| Some(runtime.admitted.timestamp())),
        observed_generation: pod.metadata.generation,
        conditions: None,
        ..before
    };
    status.conditions = Some(conditions(pod, runtime, phase, now));
    status
}

/// The node's addresses: internal ones, of both families if it has them.
pub(super) fn node_addresses(node: &Node) -> Vec<IpAddr> {
    node.status
        .iter()
        .flat_map(|status| status.addresses.iter().flatten())
        .filter(|address| address.type_ == "InternalIP")
        .filter_map(|address| address.address.parse().ok())
        .collect()
}

/// Why a volume of the Pod cannot be mounted: the ConfigMap or Secret is not there.
pub(super) fn missing_volume(view: &View<'_>, pod: &Pod) -> Option<String> {
    let namespace = pods::namespace(&pod.metadata);
    pods::spec(pod).volumes.iter().flatten().find_map(|volume| {
        let failed = |kind: &str, name: &str| {
            format!(
                "MountVolume.SetUp failed for volume \"{}\" : {kind} \"{name}\" not found",
                volume.name
            )
        };
        if let Some(source) = &volume.config_map
            && source.optional != Some(true)
            && view.snapshot.find::<ConfigMap>(namespace, &source.name).is_none()
        {
            return Some(failed("configmap", &source.name));
        }
        let source = volume.secret.as_ref()?;
        let name = source.secret_name.as_deref()?;
        (source.optional != Some(true) && view.snapshot.find::<Secret>(namespace, name).is_none())
            .then(|| failed("secret", name))
    })
}

/// Why a container cannot be created: its environment refers to what is not there.
pub(super) fn missing_environment(view: &View<'_>, pod: &Pod, spec: &Container) -> Option<String> {
    let namespace = pods::namespace(&pod.metadata);
    let config_map = |name: &str| view.snapshot.find::<ConfigMap>(namespace, name);
    let secret = |name: &str| view.snapshot.find::<Secret>(namespace, name);
    let from = spec.env_from.iter().flatten().find_map(|source| {
        let map = source.config_map_ref.as_ref().filter(|map| map.optional != Some(true));
        let hidden = source.secret_ref.as_ref().filter(|hidden| hidden.optional != Some(true));
        map.filter(|map| config_map(&map.name).is_none())
            .map(|map| format!("configmap \"{}\" not found", map.name))
            .or_else(|| {
                hidden
                    .filter(|hidden| secret(&hidden.name).is_none())
                    .map(|hidden| format!("secret \"{}\" not found", hidden.name))
            })
    });
    from.or_else(|| {
        spec.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()).find_map(
            |source| {
                if let Some(key) =
                    source.config_map_key_ref.as_ref().filter(|key| key.optional != Some(true))
                {
                    let Some(map) = config_map(&key.name) else {
                        return Some(format!("configmap \"{}\" not found", key.name));
                    };
                    let has = map.data.as_ref().is_some_and(|data| data.contains_key(&key.key))
                        || map.binary_data.as_ref().is_some_and(|data| data.contains_key(&key.key));
                    return (!has).then(|| {
                        format!(
                            "couldn't find key {} in ConfigMap {namespace}/{}",
                            key.key, key.name
                        )
                    });
                }
                let key =
                    source.secret_key_ref.as_ref().filter(|key| key.optional != Some(true))?;
                let Some(hidden) = secret(&key.name) else {
                    return Some(format!("secret \"{}\" not found", key.name));
                };
                let has = hidden.data.as_ref().is_some_and(|data| data.contains_key(&key.key))
                    || hidden.string_data.as_ref().is_some_and(|data| data.contains_key(&key.key));
                (!has).then(|| {
                    format!("couldn't find key {} in Secret {namespace}/{}", key.key, key.name)
                })
            },
        )
    })
}

/// A stable stand-in for the runtime's random id of a container.
pub(super) fn container_id(uid: &str, name: &str) -> String {
    let mut id = String::new();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    while id.len() < 64 {
        for byte in uid.bytes().chain(name.bytes()).chain(id.len().to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        id.push_str(&format!("{hash:016x}"));
    }
    id
}

/// `getPhase`.
fn phase(pod: &Pod, runtime: &PodRuntime) -> &'static str {
    let policy = pods::spec(pod).restart_policy.as_deref().unwrap_or("Always");
    if runtime
        .containers
        .iter()
        .any(|container| container.init && container.is_over() && !container.has_initialized())
    {
        return "Failed";
    }
    if runtime.containers.iter().any(|container| container.init && !container.has_initialized()) {
        return "Pending";
    }
    let (mut waiting, mut running, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for container in runtime.containers.iter().filter(|container| !container.init) {
        match &container.state {
            ContainerState::Running { .. } => running += 1,
            ContainerState::Ended(ended) => {
                stopped += 1;
                succeeded += i32::from(ended.code == 0);
            }
            _ if container.last.is_some() => stopped += 1,
            _ => waiting += 1,
        }
    }
    match () {
        () if waiting > 0 => "Pending",
        () if running > 0 => "Running",
        () if stopped == 0 => "Pending",
        () if policy == "Always" => "Running",
        () if stopped == succeeded => "Succeeded",
        () if policy == "Never" => "Failed",
        () => "Running",
    }
}

fn conditions(pod: &Pod, runtime: &PodRuntime, phase: &str, now: Time) -> Vec<PodCondition> {
    let unready = |init: bool| {
        let names: Vec<&str> = runtime
            .containers
            .iter()
            .filter(|container| container.init == init)
            .filter(
                |container| if init { !container.has_initialized() } else { !is_ready(container) },
            )
            .map(|container| container.name.as_str())
            .collect();
        names.join(" ")
    };
    let has_network = matches!(runtime.sandbox, Sandbox::Ready { .. });
    let waiting = unready(true);
    let initialized = if waiting.is_empty() {
        ("True", (phase == "Succeeded").then_some("PodCompleted"), None)
    } else {
        let message = format!("containers with incomplete status: [{waiting}]");
        ("False", Some("ContainersNotInitialized"), Some(message))
    };
    let not_ready = unready(false);
    let containers_ready = match phase {
        "Succeeded" => ("False", Some("PodCompleted"), None),
        "Failed" => ("False", Some("PodFailed"), None),
        _ if !not_ready.is_empty() => (
            "False",
            Some("ContainersNotReady"),
            Some(format!("containers with unready status: [{not_ready}]")),
        ),
        _ => ("True", None, None),
    };
    let gate = pods::spec(pod).readiness_gates.iter().flatten().find(|gate| {
        pods::condition(pod, &gate.condition_type)
            .is_none_or(|condition| condition.status != "True")
    });
    let ready = match gate {
        Some(gate) if containers_ready.0 == "True" => {
            let message = match pods::condition(pod, &gate.condition_type) {
                Some(_) => format!(
                    "the status of pod readiness gate \"{}\" is not \"True\", but False",
                    gate.condition_type
                ),
                None => format!(
                    "corresponding condition of pod readiness gate \"{}\" does not exist.",
                    gate.condition_type
                ),
            };
            ("False", Some("ReadinessGatesNotReady"), Some(message))
        }
        _ => containers_ready.clone(),
    };
    let list = [
        ("PodReadyToStartContainers", (if has_network { "True" } else { "False" }, None, None)),
        ("Initialized", initialized),
        ("Ready", ready),
        ("ContainersReady", containers_ready),
        ("PodScheduled", ("True", None, None)),
    ];
    let mut all: Vec<PodCondition> = list
        .into_iter()
        .map(|(kind, (status, reason, message))| {
            let before = pods::condition(pod, kind).filter(|before| before.status == status);
            let since = before.and_then(|before| before.last_transition_time.clone());
            PodCondition {
                type_: kind.to_owned(),
                status: status.to_owned(),
                reason: reason.map(str::to_owned),
                message,
                last_probe_time: None,
                last_transition_time: Some(since.unwrap_or_else(|| now.timestamp())),
                observed_generation: pod.metadata.generation,
            }
        })
        .collect();
    // Conditions that others set (readiness gates, `DisruptionTarget`) stay.
    let others = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    for other in others {
        if !all.iter().any(|condition| condition.type_ == other.type_) {
            all.push(other.clone());
        }
    }
    all
}

fn is_ready(container: &ContainerRuntime) -> bool {
    matches!(container.state, ContainerState::Running { .. }) && container.ready
}

fn container_status(
    pod: &Pod,
    runtime: &PodRuntime,
    container: &ContainerRuntime,
) -> ContainerStatus {
    let spec = pods::spec(pod);
    let list = if container.init {
        spec.init_containers.as_deref().unwrap_or_default()
    } else {
        &spec.containers
    };
    let image = list
        .iter()
        .find(|spec| spec.name == container.name)
        .and_then(|spec| spec.image.as_deref())
        .unwrap_or_default();
    let round = |count: i32| {
        format!(
            "containerd://{}",
            container_id(&runtime.uid, &format!("{}/{count}", container.name))
        )
    };
    let has_run = container.last.is_some()
        || matches!(container.state, ContainerState::Running { .. } | ContainerState::Ended(_));
    let waiting = |reason: &str, message: Option<String>| ApiState {
        waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message }),
        ..ApiState::default()
    };
    let state = match &container.state {
        ContainerState::Waiting
        | ContainerState::Pulling { .. }
        | ContainerState::Starting { .. } => {
            let has_init = runtime.containers.iter().any(|other| other.init);
            waiting(if has_init { "PodInitializing" } else { "ContainerCreating" }, None)
        }
        ContainerState::PullFailed { reason, message, .. } => {
            waiting(reason, Some(message.clone()))
        }
        ContainerState::PullBackOff { message, .. } => {
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {message}");
            waiting("ImagePullBackOff", Some(message))
        }
        ContainerState::ConfigError { message, .. } => {
            waiting("CreateContainerConfigError", Some(message.clone()))
        }
        ContainerState::Running { since, .. } => ApiState {
            running: Some(ContainerStateRunning { started_at: Some(since.timestamp()) }),
            ..ApiState::default()
        },
        ContainerState::Ended(ended) => terminated(ended, round(container.restarts)),
        ContainerState::CrashBackOff { seconds, .. } => {
            let wait = if *seconds >= 60 {
                format!("{}m{}s", seconds / 60, seconds % 60)
            } else {
                format!("{seconds}s")
            };
            let id = super::container::pod_id(pod);
            let message =
                format!("back-off {wait} restarting failed container={} pod={id}", container.name);
            waiting("CrashLoopBackOff", Some(message))
        }
    };
    ContainerStatus {
        name: container.name.clone(),
        image: if has_run { full_reference(image) } else { image.to_owned() },
        image_id: if has_run {
            let reference = full_reference(image);
            let repository = reference
                .split(['@'])
                .next()
                .and_then(|name| name.rsplit_once(':'))
                .map_or(reference.as_str(), |(name, _)| name);
            format!("{repository}@sha256:{}", container_id(image, "image"))
        } else {
            String::new()
        },
        container_id: has_run.then(|| round(container.restarts)),
        ready: if container.init && !container.sidecar {
            container.has_initialized()
        } else {
            is_ready(container)
        },
        started: Some(
            matches!(container.state, ContainerState::Running { .. }) && container.started,
        ),
        restart_count: container.restarts,
        state: Some(state),
        last_state: Some(match &container.last {
            Some(ended) => terminated(ended, round(container.restarts - 1)),
            None => ApiState::default(),
        }),
        ..ContainerStatus::default()
    }
}

fn terminated(ended: &Ended, id: String) -> ApiState {
    ApiState {
        terminated: Some(ContainerStateTerminated {
            container_id: Some(id),
            exit_code: ended.code,
            reason: Some(match ended.code {
                0 => "Completed".to_owned(),
                // What became of it nobody saw.
                255 => "Unknown".to_owned(),
                _ => "Error".to_owned(),
            }),
            started_at: Some(ended.started.timestamp()),
            finished_at: Some(ended.finished.timestamp()),
            message: None,
            signal: None,
        }),
        ..ApiState::default()
    }
}
