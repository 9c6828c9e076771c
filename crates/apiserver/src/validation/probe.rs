//! Probes and lifecycle handlers.
//!
//! Models `validateProbe`, `validateHandler` and `validateLifecycle` in
//! `pkg/apis/core/validation/validation.go`.

use k8s_openapi::api::core::v1::{
    Container, ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe,
    SleepAction, TCPSocketAction,
};
use manifest::FieldPath;

use super::service::port_number_or_name;
use super::{Causes, text};

/// What a probe or a lifecycle hook may do: one of these.
#[derive(Default)]
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

/// The three probes of a container.
pub(super) fn probes(causes: &mut Causes, path: &FieldPath, container: &Container) {
    let once = |causes: &mut Causes, path: &FieldPath, probe: &Probe| {
        if probe.success_threshold != Some(1) {
            causes.invalid(&path.child("successThreshold"), probe.success_threshold, "must be 1");
        }
    };
    if let Some(probe) = &container.liveness_probe {
        let path = path.child("livenessProbe");
        self::probe(causes, &path, probe);
        once(causes, &path, probe);
    }
    if let Some(probe) = &container.readiness_probe {
        let path = path.child("readinessProbe");
        self::probe(causes, &path, probe);
        if let Some(seconds) = probe.termination_grace_period_seconds {
            causes.invalid(
                &path.child("terminationGracePeriodSeconds"),
                seconds,
                "must not be set for readinessProbes",
            );
        }
    }
    if let Some(probe) = &container.startup_probe {
        let path = path.child("startupProbe");
        self::probe(causes, &path, probe);
        once(causes, &path, probe);
    }
}

fn probe(causes: &mut Causes, path: &FieldPath, probe: &Probe) {
    let handler = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    self::handler(causes, path, &handler, None);
    for (field, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        causes.nonnegative(&path.child(field), value.unwrap_or(0));
    }
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|&seconds| seconds <= 0) {
        causes.invalid(
            &path.child("terminationGracePeriodSeconds"),
            seconds,
            "must be greater than 0",
        );
    }
}

/// What runs when a container has started and before it stops.
pub(super) fn lifecycle(
    causes: &mut Causes,
    path: &FieldPath,
    lifecycle: Option<&Lifecycle>,
    grace: Option<i64>,
) {
    let Some(lifecycle) = lifecycle else { return };
    for (field, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        let Some(LifecycleHandler { exec, http_get, tcp_socket, sleep }) = hook else { continue };
        let handler = Handler {
            exec: exec.as_ref(),
            http_get: http_get.as_ref(),
            tcp_socket: tcp_socket.as_ref(),
            grpc: None,
            sleep: sleep.as_ref(),
        };
        self::handler(causes, &path.child(field), &handler, grace);
    }
}

fn handler(causes: &mut Causes, path: &FieldPath, handler: &Handler<'_>, grace: Option<i64>) {
    let mut chosen = false;
    // Whether this is the first; a further one is refused, whatever it says.
    let mut first = |causes: &mut Causes, field: &str| {
        if chosen {
            causes.forbidden(&path.child(field), "may not specify more than 1 handler type");
        }
        !std::mem::replace(&mut chosen, true)
    };
    if let Some(exec) = handler.exec
        && first(causes, "exec")
        && exec.command.as_ref().is_none_or(Vec::is_empty)
    {
        causes.required(&path.child("exec.command"), "");
    }
    if let Some(request) = handler.http_get
        && first(causes, "httpGet")
    {
        let path = path.child("httpGet");
        if request.path.as_deref().unwrap_or_default().is_empty() {
            causes.required(&path.child("path"), "");
        }
        port_number_or_name(causes, &path.child("port"), &request.port);
        let scheme = request.scheme.as_deref().unwrap_or_default();
        causes.one_of(&path.child("scheme"), scheme, &["HTTP", "HTTPS"]);
        for header in request.http_headers.iter().flatten() {
            let messages = text::http_header_name(&header.name);
            causes.invalid_each(&path.child("httpHeaders"), &header.name, messages);
        }
    }
    if let Some(socket) = handler.tcp_socket
        && first(causes, "tcpSocket")
    {
        port_number_or_name(causes, &path.child("tcpSocket.port"), &socket.port);
    }
    if let Some(call) = handler.grpc
        && first(causes, "grpc")
    {
        let messages = text::port_number(call.port.into());
        causes.invalid_each(&path.child("grpc.port"), call.port, messages);
    }
    if let Some(sleep) = handler.sleep
        && first(causes, "sleep")
        && let Some(grace) = grace
        && !(0..=grace).contains(&sleep.seconds)
    {
        causes.invalid(
            &path.child("sleep"),
            sleep.seconds,
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})"),
        );
    }
    if !chosen {
        causes.required(path, "must specify a handler type");
    }
}
