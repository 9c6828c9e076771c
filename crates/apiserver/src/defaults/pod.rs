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
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use manifest::Quantity;

use super::{amount, image, number, text, volume};

/// A Pod on its own, which gets more than a template does.
pub(super) fn pod(pod: &mut Pod) {
    if let Some(annotations) = &mut pod.metadata.annotations {
        drop_init_containers(annotations);
    }
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
    if let Some(annotations) =
        template.metadata.as_mut().and_then(|metadata| metadata.annotations.as_mut())
    {
        drop_init_containers(annotations);
        if annotations.is_empty() {
            template.metadata.get_or_insert_default().annotations = None;
        }
    }
    pod_spec(template.spec.get_or_insert_default());
}

/// Init containers were annotations once; what is left of those is dropped.
fn drop_init_containers(annotations: &mut BTreeMap<String, String>) {
    annotations.retain(|key, _| {
        ![
            "pod.beta.kubernetes.io/init-containers",
            "pod.alpha.kubernetes.io/init-containers",
            "pod.beta.kubernetes.io/init-container-statuses",
            "pod.alpha.kubernetes.io/init-container-statuses",
        ]
        .contains(&key.as_str())
    });
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
    amount::list(&mut spec.overhead);
    if let Some(resources) = &mut spec.resources {
        amount::list(&mut resources.limits);
        amount::list(&mut resources.requests);
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
    amount::list(limits);
    amount::list(requests);
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
            resource.divisor.get_or_insert_with(|| Written("0".into()));
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

/// `Guaranteed` if every container limits CPU and memory and requests just that, `BestEffort` if none
/// says anything, `Burstable` between.
fn quality_of_service(spec: &PodSpec) -> &'static str {
    let positive = |list: &Option<BTreeMap<String, Written>>, name: &str| {
        let quantity = Quantity::of(list.as_ref()?.get(name)?);
        (!quantity.is_zero() && !quantity.is_negative()).then_some(quantity)
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
            guaranteed &= limit
                .is_some_and(|limit| request.is_none_or(|request| limit.minus(&request).is_zero()));
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
