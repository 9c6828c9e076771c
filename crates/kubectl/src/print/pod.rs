//! `kubectl get pods`, `printPod`.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus,
};

use super::{Column, View, column, text, wide};
use crate::age;

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("READY"),
    column("STATUS"),
    column("RESTARTS"),
    column("AGE"),
    wide("IP"),
    wide("NODE"),
    wide("NOMINATED NODE"),
    wide("READINESS GATES"),
];

pub(super) fn row(pod: &Pod, view: &View) -> Vec<String> {
    let none = PodStatus::default();
    let status = pod.status.as_ref().unwrap_or(&none);
    let summary = Summary::of(pod, status);
    let restarts = match summary.last_restart {
        Some(seconds) if summary.restarts != 0 => {
            format!("{} ({} ago)", summary.restarts, age::human(view.now - seconds))
        }
        _ => summary.restarts.to_string(),
    };
    let mut cells = vec![
        text(pod.metadata.name.as_ref()),
        format!("{}/{}", summary.ready, summary.total),
        summary.reason,
        restarts,
        super::age(&pod.metadata, view),
    ];
    if view.wide {
        let spec = pod.spec.as_ref();
        let address = status.pod_ips.iter().flatten().next().map(|address| address.ip.clone());
        let or_none =
            |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or("<none>".into());
        cells.extend([
            or_none(address),
            or_none(spec.and_then(|spec| spec.node_name.clone())),
            or_none(status.nominated_node_name.clone()),
            readiness_gates(pod, status),
        ]);
    }
    cells
}

struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: i32,
    last_restart: Option<i64>,
}

impl Summary {
    fn of(pod: &Pod, status: &PodStatus) -> Self {
        let (containers, init_containers) = pod.spec.as_ref().map_or((&[][..], &[][..]), |spec| {
            (spec.containers.as_slice(), spec.init_containers.as_deref().unwrap_or_default())
        });
        let restartable = |name: &str| {
            init_containers
                .iter()
                .any(|container| container.name == name && is_restartable(container))
        };
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let phase = text(status.phase.as_ref());
        let mut summary = Summary {
            ready: 0,
            total: containers.len() + init_containers.iter().filter(|c| is_restartable(c)).count(),
            reason: status
                .reason
                .clone()
                .filter(|reason| !reason.is_empty())
                .unwrap_or(phase.clone()),
            restarts: 0,
            last_restart: None,
        };
        if conditions.iter().any(|condition| {
            condition.type_ == "PodScheduled"
                && condition.reason.as_deref() == Some("SchedulingGated")
        }) {
            summary.reason = "SchedulingGated".into();
        }
        let mut sidecar_restarts = (0, None);
        let mut initializing = false;
        for (position, container) in status.init_container_statuses.iter().flatten().enumerate() {
            summary.count_restarts(container);
            if restartable(&container.name) {
                sidecar_restarts.0 += container.restart_count;
                sidecar_restarts.1 =
                    sidecar_restarts.1.max(finished(container.last_state.as_ref()));
            }
            let state = container.state.as_ref();
            let terminated = state.and_then(|state| state.terminated.as_ref());
            if terminated.is_some_and(|terminated| terminated.exit_code == 0) {
                continue;
            }
            if restartable(&container.name) && container.started == Some(true) {
                summary.ready += usize::from(container.ready);
                continue;
            }
            let waiting =
                state.and_then(|state| state.waiting.as_ref()).and_then(|w| w.reason.as_ref());
            summary.reason = match (terminated, waiting) {
                (Some(_), _) => format!("Init:{}", termination(state)),
                (None, Some(reason)) if !reason.is_empty() && reason != "PodInitializing" => {
                    format!("Init:{reason}")
                }
                _ => format!("Init:{position}/{}", init_containers.len()),
            };
            initializing = true;
            break;
        }
        if !initializing || is_true(conditions, "Initialized") {
            (summary.restarts, summary.last_restart) = sidecar_restarts;
            let mut has_running = false;
            for container in status.container_statuses.iter().flatten().rev() {
                summary.count_restarts(container);
                let state = container.state.as_ref();
                let waiting =
                    state.and_then(|state| state.waiting.as_ref()).and_then(|w| w.reason.as_ref());
                let terminated = state.is_some_and(|state| state.terminated.is_some());
                let running = state.is_some_and(|state| state.running.is_some());
                if let Some(reason) = waiting.filter(|reason| !reason.is_empty()) {
                    summary.reason = reason.clone();
                } else if terminated {
                    summary.reason = termination(state);
                } else if container.ready && running {
                    has_running = true;
                    summary.ready += 1;
                }
            }
            if summary.reason == "Completed" && has_running {
                let ready = is_true(conditions, "Ready");
                summary.reason = if ready { "Running" } else { "NotReady" }.into();
            }
        }
        if pod.metadata.deletion_timestamp.is_some() {
            if status.reason.as_deref() == Some("NodeLost") {
                summary.reason = "Unknown".into();
            } else if phase != "Failed" && phase != "Succeeded" {
                summary.reason = "Terminating".into();
            }
        }
        summary
    }

    fn count_restarts(&mut self, container: &ContainerStatus) {
        self.restarts += container.restart_count;
        self.last_restart = self.last_restart.max(finished(container.last_state.as_ref()));
    }
}

/// `Completed`, `Error`, `Signal:9`, `ExitCode:2`.
fn termination(state: Option<&ContainerState>) -> String {
    let Some(terminated) = state.and_then(|state| state.terminated.as_ref()) else {
        return String::new();
    };
    match (&terminated.reason, terminated.signal) {
        (Some(reason), _) if !reason.is_empty() => reason.clone(),
        (_, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", terminated.exit_code),
    }
}

fn finished(state: Option<&ContainerState>) -> Option<i64> {
    let finished = state?.terminated.as_ref()?.finished_at.as_ref()?;
    Some(age::seconds(finished))
}

fn is_restartable(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn is_true(conditions: &[PodCondition], type_: &str) -> bool {
    conditions.iter().any(|condition| condition.type_ == type_ && condition.status == "True")
}

fn readiness_gates(pod: &Pod, status: &PodStatus) -> String {
    let gates =
        pod.spec.as_ref().and_then(|spec| spec.readiness_gates.as_deref()).unwrap_or_default();
    if gates.is_empty() {
        return "<none>".into();
    }
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let open = gates.iter().filter(|gate| is_true(conditions, &gate.condition_type)).count();
    format!("{open}/{}", gates.len())
}
