//! Defaults of Pods and of the Pod templates inside workloads.
//!
//! Models `SetDefaults_Pod`, `SetDefaults_PodSpec`, `SetDefaults_Container`, `SetDefaults_Probe` and
//! their neighbours in `pkg/apis/core/v1/defaults.go`, and `podStrategy.PrepareForCreate` in
//! `pkg/registry/core/pod/strategy.go`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, EnvVar, HTTPGetAction, Lifecycle, LifecycleHandler, Pod, PodSpec, PodTemplateSpec,
    Probe, ResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Amount, image, number, text, volume};

/// A Pod on its own, which gets more than a template does.
pub(super) fn pod(pod: &mut Pod) {
    let spec = pod.spec.get_or_insert_default();
    pod_spec(spec);
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        requests_from_limits(container);
    }
    spec.enable_service_links.get_or_insert(true);
    if spec.host_network == Some(true) {
        for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
            for port in container.ports.iter_mut().flatten() {
                number(&mut port.host_port, port.container_port);
            }
        }
    }
    let class = quality_of_service(spec);
    let status = pod.status.get_or_insert_default();
    text(&mut status.phase, "Pending");
    if status.qos_class.is_none() {
        status.qos_class = Some(class.into());
    }
}

/// The template of a workload.
pub(super) fn template(template: &mut PodTemplateSpec) {
    pod_spec(template.spec.get_or_insert_default());
}

fn pod_spec(spec: &mut PodSpec) {
    text(&mut spec.dns_policy, "ClusterFirst");
    text(&mut spec.restart_policy, "Always");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(30);
    text(&mut spec.scheduler_name, "default-scheduler");
    // The deprecated name of the field is kept in step with the present one.
    if spec.service_account_name.as_deref().unwrap_or_default().is_empty() {
        spec.service_account_name.clone_from(&spec.service_account);
    }
    spec.service_account.clone_from(&spec.service_account_name);
    amounts(&mut spec.overhead);
    if let Some(resources) = &mut spec.resources {
        amounts(&mut resources.limits);
        amounts(&mut resources.requests);
    }
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        self::container(container);
    }
    for volume in spec.volumes.iter_mut().flatten() {
        self::volume::volume(volume);
    }
}

fn container(container: &mut Container) {
    let policy = image::pull_policy(container.image.as_deref().unwrap_or_default());
    text(&mut container.image_pull_policy, policy);
    text(&mut container.termination_message_path, "/dev/termination-log");
    text(&mut container.termination_message_policy, "File");
    for port in container.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
    }
    for variable in container.env.iter_mut().flatten() {
        self::variable(variable);
    }
    let ResourceRequirements { limits, requests, .. } = container.resources.get_or_insert_default();
    amounts(limits);
    amounts(requests);
    for probe in [
        &mut container.liveness_probe,
        &mut container.readiness_probe,
        &mut container.startup_probe,
    ] {
        probe.as_mut().map(self::probe);
    }
    if let Some(Lifecycle { post_start, pre_stop, .. }) = &mut container.lifecycle {
        for handler in [post_start, pre_stop] {
            if let Some(LifecycleHandler { http_get: Some(request), .. }) = handler {
                http_get(request);
            }
        }
    }
}

fn variable(variable: &mut EnvVar) {
    if let Some(source) = &mut variable.value_from {
        if let Some(field) = &mut source.field_ref {
            text(&mut field.api_version, "v1");
        }
        if let Some(resource) = &mut source.resource_field_ref {
            resource.divisor.get_or_insert_with(|| Quantity("0".into()));
        }
    }
}

fn probe(probe: &mut Probe) {
    number(&mut probe.timeout_seconds, 1);
    number(&mut probe.period_seconds, 10);
    number(&mut probe.success_threshold, 1);
    number(&mut probe.failure_threshold, 3);
    if let Some(request) = &mut probe.http_get {
        http_get(request);
    }
    if let Some(request) = &mut probe.grpc {
        request.service.get_or_insert_default();
    }
}

fn http_get(request: &mut HTTPGetAction) {
    text(&mut request.path, "/");
    text(&mut request.scheme, "HTTP");
}

/// A limit without a request asks for as much as the limit.
fn requests_from_limits(container: &mut Container) {
    let Some(resources) = &mut container.resources else { return };
    for (name, limit) in resources.limits.clone().unwrap_or_default() {
        resources.requests.get_or_insert_default().entry(name).or_insert(limit);
    }
}

/// Writes amounts in their canonical form, rounded up to thousandths.
fn amounts(list: &mut Option<BTreeMap<String, Quantity>>) {
    for quantity in list.iter_mut().flat_map(BTreeMap::values_mut) {
        if let Some(amount) = Amount::parse(&quantity.0) {
            quantity.0 = amount.round_up_to_thousandths().to_string();
        }
    }
}

/// `Guaranteed` if every container limits CPU and memory and requests just that, `BestEffort` if none
/// says anything, `Burstable` between.
fn quality_of_service(spec: &PodSpec) -> &'static str {
    let positive = |list: &Option<BTreeMap<String, Quantity>>, name: &str| {
        list.as_ref()
            .and_then(|list| Amount::parse(&list.get(name)?.0))
            .filter(|amount| amount.is_positive())
    };
    let containers = || spec.init_containers.iter().flatten().chain(&spec.containers);
    let mut any = false;
    let mut guaranteed = true;
    for container in containers() {
        let resources = container.resources.clone().unwrap_or_default();
        for name in ["cpu", "memory"] {
            let limit = positive(&resources.limits, name);
            let request = positive(&resources.requests, name);
            any |= limit.is_some() || request.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
