//! Pods and Pod templates.
//!
//! Models `ValidatePodSpec`, `ValidatePodTemplateSpec`, `ValidatePodCreate` and `ValidatePodUpdate` in
//! `pkg/apis/core/validation/validation.go`.

use k8s_openapi::api::core::v1::{
    HostAlias, Pod, PodDNSConfig, PodSecurityContext, PodSpec, PodTemplateSpec, SeccompProfile,
    Toleration,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::FieldPath;

use super::container::{Surroundings, containers, identity, init_containers, resources};
use super::volume::relative_path;
use super::{Causes, affinity, metadata, text, volume};

/// Limits of the C library's resolver.
const MOST_NAMESERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const MOST_SEARCH_CHARACTERS: usize = 2048;

/// A Pod of its own.
pub(super) fn pod(causes: &mut Causes, pod: &Pod) {
    let path = FieldPath::of("spec");
    let spec = pod.spec.clone().unwrap_or_default();
    specific_annotations(causes, &FieldPath::of("metadata.annotations"), &pod.metadata, &spec);
    pod_spec(causes, &path, &spec, true);
    for (field, list) in
        [("containers", Some(&spec.containers)), ("initContainers", spec.init_containers.as_ref())]
    {
        for (index, container) in list.into_iter().flatten().enumerate() {
            let image = container.image.as_deref().unwrap_or_default();
            if image.trim() != image {
                causes.invalid(
                    &path.child(field).index(index).child("image"),
                    image,
                    "must not have leading or trailing whitespace",
                );
            }
        }
    }
}

/// What only a new Pod must keep.
pub(super) fn pod_create(causes: &mut Causes, pod: &Pod) {
    let spec = pod.spec.clone().unwrap_or_default();
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        causes.forbidden(&FieldPath::of("spec.ephemeralContainers"), "cannot be set on create");
    }
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    if gated && spec.node_name.as_deref().is_some_and(|node| !node.is_empty()) {
        causes.forbidden(
            &FieldPath::of("spec.nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        );
    }
}

/// The template of a workload.
pub(super) fn template(causes: &mut Causes, path: &FieldPath, template: &PodTemplateSpec) {
    let template_metadata = template.metadata.clone().unwrap_or_default();
    let spec = template.spec.clone().unwrap_or_default();
    metadata::labels(causes, &path.child("labels"), template_metadata.labels.as_ref());
    let annotations = path.child("annotations");
    metadata::annotations(causes, &annotations, template_metadata.annotations.as_ref());
    specific_annotations(causes, &annotations, &template_metadata, &spec);
    pod_spec(causes, &path.child("spec"), &spec, false);
    if spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty()) {
        causes.forbidden(
            &path.child("spec.ephemeralContainers"),
            "ephemeral containers not allowed in pod template",
        );
    }
}

fn specific_annotations(
    causes: &mut Causes,
    path: &FieldPath,
    metadata: &ObjectMeta,
    spec: &PodSpec,
) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    let Some(annotations) = &metadata.annotations else { return };
    if let Some(value) = annotations.get(MIRROR)
        && spec.node_name.as_deref().unwrap_or_default().is_empty()
    {
        causes.invalid(
            &path.key(MIRROR),
            value,
            "must set spec.nodeName if mirror pod annotation is set",
        );
    }
    if let Some(value) = annotations.get(COST)
        && (value.parse::<i32>().is_err() || value.starts_with('+') || value.starts_with("-0"))
    {
        causes.invalid(&path.key(COST), value, "must be a 32bit integer");
    }
}

fn pod_spec(causes: &mut Causes, path: &FieldPath, spec: &PodSpec, is_pod: bool) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    let around =
        Surroundings { volumes: volume::volumes(causes, &path.child("volumes"), volumes), spec };
    containers(causes, &path.child("containers"), &around);
    init_containers(causes, &path.child("initContainers"), &around);
    if let Some(requirements) = &spec.resources {
        resources(causes, &path.child("resources"), requirements, &spec.resource_claims);
    }
    if spec.host_network == Some(true) {
        host_network_ports(causes, &path.child("containers"), spec, is_pod);
    }
    causes.one_of(
        &path.child("restartPolicy"),
        spec.restart_policy.as_deref().unwrap_or_default(),
        &["Always", "OnFailure", "Never"],
    );
    causes.one_of(
        &path.child("dnsPolicy"),
        spec.dns_policy.as_deref().unwrap_or_default(),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
    );
    metadata::labels(causes, &path.child("nodeSelector"), spec.node_selector.as_ref());
    if let Some(context) = &spec.security_context {
        security_context(causes, &path.child("securityContext"), context, spec);
    }
    affinity::affinity(causes, &path.child("affinity"), spec.affinity.as_ref());
    dns_config(causes, &path.child("dnsConfig"), spec);
    for (index, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        causes.invalid_each(
            &path.child("readinessGates").index(index).child("conditionType"),
            &gate.condition_type,
            text::qualified_name(&gate.condition_type),
        );
    }
    for (index, gate) in spec.scheduling_gates.iter().flatten().enumerate() {
        let path = path.child("schedulingGates").index(index);
        causes.invalid_each(&path, &gate.name, text::qualified_name(&gate.name));
        if spec.scheduling_gates.iter().flatten().take(index).any(|other| other.name == gate.name) {
            causes.duplicate(&path, &gate.name);
        }
    }
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    affinity::topology_spread(causes, &path.child("topologySpreadConstraints"), constraints);
    if spec.host_users == Some(false) {
        for (field, set) in [
            ("hostNetwork", spec.host_network),
            ("HostPID", spec.host_pid),
            ("HostIPC", spec.host_ipc),
        ] {
            if set == Some(true) {
                causes.forbidden(&path.child(field), "when `pod.Spec.HostUsers` is false");
            }
        }
    }
    names(causes, path, spec);
    tolerations(
        causes,
        &path.child("tolerations"),
        spec.tolerations.as_deref().unwrap_or_default(),
    );
    host_aliases(
        causes,
        &path.child("hostAliases"),
        spec.host_aliases.as_deref().unwrap_or_default(),
    );
    for (field, name) in [
        ("priorityClassName", &spec.priority_class_name),
        ("runtimeClassName", &spec.runtime_class_name),
    ] {
        // An empty priority class is none, an empty runtime class is a malformed one.
        if let Some(name) =
            name.as_deref().filter(|name| !name.is_empty() || field == "runtimeClassName")
        {
            causes.invalid_each(&path.child(field), name, text::dns1123_subdomain(name));
        }
    }
    if let Some(policy) = &spec.preemption_policy {
        causes.one_of(&path.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
    if let Some(os) = &spec.os {
        if os.name.is_empty() {
            causes.required(&path.child("os.name"), "cannot be empty");
        } else {
            causes.one_of(&path.child("os"), &os.name, &["linux", "windows"]);
        }
    }
}

/// Names and the deadline, in the order in which they are checked.
fn names(causes: &mut Causes, path: &FieldPath, spec: &PodSpec) {
    let mut each = |field: &str, value: &Option<String>, rule: fn(&str) -> Vec<String>| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            causes.invalid_each(&path.child(field), value, rule(value));
        }
    };
    each("serviceAccountName", &spec.service_account_name, text::dns1123_subdomain);
    each("nodeName", &spec.node_name, text::dns1123_subdomain);
    if let Some(seconds) = spec.active_deadline_seconds
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        causes.invalid(
            &path.child("activeDeadlineSeconds"),
            seconds,
            "must be between 1 and 2147483647, inclusive",
        );
    }
    let mut each = |field: &str, value: &Option<String>| {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            causes.invalid_each(&path.child(field), value, text::dns1123_label(value));
        }
    };
    each("hostname", &spec.hostname);
    each("subdomain", &spec.subdomain);
}

fn host_network_ports(causes: &mut Causes, path: &FieldPath, spec: &PodSpec, is_pod: bool) {
    for (index, container) in spec.containers.iter().enumerate() {
        for (port_index, port) in container.ports.iter().flatten().enumerate() {
            let host_port = port.host_port.unwrap_or(0);
            if (is_pod || host_port != 0) && host_port != port.container_port {
                causes.invalid(
                    &path.index(index).child("ports").index(port_index).child("hostPort"),
                    host_port,
                    "must match `containerPort` when `hostNetwork` is true",
                );
            }
        }
    }
}

fn security_context(
    causes: &mut Causes,
    path: &FieldPath,
    context: &PodSecurityContext,
    spec: &PodSpec,
) {
    identity(causes, &path.child("fsGroup"), context.fs_group);
    identity(causes, &path.child("runAsUser"), context.run_as_user);
    identity(causes, &path.child("runAsGroup"), context.run_as_group);
    for (index, group) in context.supplemental_groups.iter().flatten().enumerate() {
        identity(causes, &path.child("supplementalGroups").index(index), Some(*group));
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        causes.invalid(
            &path.child("shareProcessNamespace"),
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
        );
    }
    for (index, sysctl) in context.sysctls.iter().flatten().enumerate() {
        let path = path.child("sysctls").index(index).child("name");
        let inner = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        let well_formed =
            sysctl.name.split(['.', '/']).all(|part| !part.is_empty() && part.bytes().all(inner));
        if sysctl.name.is_empty() {
            causes.required(&path, "");
        } else if !well_formed || sysctl.name.len() > 253 {
            causes.invalid(
                &path,
                &sysctl.name,
                "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            );
        } else if context
            .sysctls
            .iter()
            .flatten()
            .take(index)
            .any(|other| other.name == sysctl.name)
        {
            causes.duplicate(&path, &sysctl.name);
        }
        if spec.host_network == Some(true) && sysctl.name.starts_with("net.") {
            causes.invalid(&path, &sysctl.name, "may not be specified when 'hostNetwork' is true");
        }
    }
    if let Some(policy) = &context.fs_group_change_policy {
        causes.one_of(&path.child("fsGroupChangePolicy"), policy, &["Always", "OnRootMismatch"]);
    }
    seccomp_profile(causes, &path.child("seccompProfile"), context.seccomp_profile.as_ref());
    if let Some(policy) = &context.supplemental_groups_policy {
        causes.one_of(&path.child("supplementalGroupsPolicy"), policy, &["Merge", "Strict"]);
    }
    if let Some(policy) = &context.se_linux_change_policy {
        causes.one_of(&path.child("seLinuxChangePolicy"), policy, &["MountOption", "Recursive"]);
    }
}

/// The profile that filters system calls.
pub(super) fn seccomp_profile(
    causes: &mut Causes,
    path: &FieldPath,
    profile: Option<&SeccompProfile>,
) {
    let Some(profile) = profile else { return };
    match profile.type_.as_str() {
        "Localhost" | "RuntimeDefault" | "Unconfined" => {}
        "" => causes.required(&path.child("type"), "type is required when seccompProfile is set"),
        other => causes.unsupported(
            &path.child("type"),
            other,
            &["Localhost", "RuntimeDefault", "Unconfined"],
        ),
    }
    let local = path.child("localhostProfile");
    match (profile.type_ == "Localhost", &profile.localhost_profile) {
        (true, None) => causes.required(&local, "must be set when seccomp type is Localhost"),
        (true, Some(file)) => relative_path(causes, &local, file),
        (false, Some(file)) => causes.invalid_shown(
            &local,
            &format!(r#"{{"Type":{:?},"LocalhostProfile":{file:?}}}"#, profile.type_),
            "can only be set when seccomp type is Localhost",
        ),
        (false, None) => {}
    }
}

fn dns_config(causes: &mut Causes, path: &FieldPath, spec: &PodSpec) {
    let config = spec.dns_config.as_ref();
    if spec.dns_policy.as_deref() == Some("None") {
        let Some(config) = config else {
            causes.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        };
        if config.nameservers.as_ref().is_none_or(Vec::is_empty) {
            causes.required(
                &path.child("nameservers"),
                "must provide at least one DNS nameserver when `dnsPolicy` is None",
            );
            return;
        }
    }
    let Some(PodDNSConfig { nameservers, searches, options }) = config else { return };
    let nameservers = nameservers.clone().unwrap_or_default();
    if nameservers.len() > MOST_NAMESERVERS {
        causes.invalid(
            &path.child("nameservers"),
            &nameservers,
            format!("must not have more than {MOST_NAMESERVERS} nameservers"),
        );
    }
    for (index, address) in nameservers.iter().enumerate() {
        causes.invalid_each(&path.child("nameservers").index(index), address, text::ip(address));
    }
    let searches = searches.clone().unwrap_or_default();
    if searches.len() > MOST_SEARCHES {
        causes.invalid(
            &path.child("searches"),
            &searches,
            format!("must not have more than {MOST_SEARCHES} search paths"),
        );
    }
    if searches.join(" ").len() > MOST_SEARCH_CHARACTERS {
        causes.invalid(
            &path.child("searches"),
            &searches,
            format!(
                "must not have more than {MOST_SEARCH_CHARACTERS} characters (including spaces) in the search list"
            ),
        );
    }
    for (index, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        causes.invalid_each(
            &path.child("searches").index(index),
            search,
            text::dns1123_subdomain_with_underscore(search),
        );
    }
    for (index, option) in options.iter().flatten().enumerate() {
        if option.name.as_deref().unwrap_or_default().is_empty() {
            causes.required(&path.child("options").index(index), "must not be empty");
        }
    }
}

fn tolerations(causes: &mut Causes, path: &FieldPath, tolerations: &[Toleration]) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let path = path.index(index);
        let key = toleration.key.as_deref().unwrap_or_default();
        let operator = toleration.operator.as_deref().unwrap_or_default();
        let value = toleration.value.as_deref().unwrap_or_default();
        let effect = toleration.effect.as_deref().unwrap_or_default();
        if !key.is_empty() {
            metadata::label_name(causes, &path.child("key"), key);
        } else if operator != "Exists" {
            causes.invalid(
                &path.child("operator"),
                operator,
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            );
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            causes.invalid(
                &path.child("effect"),
                effect,
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            );
        }
        match operator {
            "" | "Equal" => {
                let messages = text::label_value(value);
                if !messages.is_empty() {
                    causes.invalid(&path.child("operator"), value, messages.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    causes.invalid(
                        &path.child("operator"),
                        value,
                        "value must be empty when `operator` is 'Exists'",
                    );
                }
            }
            other => causes.unsupported(&path.child("operator"), other, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            taint_effect(causes, &path.child("effect"), effect);
        }
    }
}

/// What a taint does to Pods.
pub(super) fn taint_effect(causes: &mut Causes, path: &FieldPath, effect: &str) {
    causes.one_of(path, effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

fn host_aliases(causes: &mut Causes, path: &FieldPath, aliases: &[HostAlias]) {
    for (index, alias) in aliases.iter().enumerate() {
        let path = path.index(index);
        causes.invalid_each(&path.child("ip"), &alias.ip, text::ip(&alias.ip));
        for (index, name) in alias.hostnames.iter().flatten().enumerate() {
            let path = path.child("hostnames").index(index);
            causes.invalid_each(&path, name, text::dns1123_subdomain(name));
        }
    }
}

/// What may change in a stored Pod: images, `activeDeadlineSeconds`, added tolerations, a shorter
/// grace period; before it is scheduled also what gates and steers scheduling.
pub(super) fn pod_update(causes: &mut Causes, before: &Pod, after: &Pod) {
    let path = FieldPath::of("spec");
    let old = before.spec.clone().unwrap_or_default();
    let new = after.spec.clone().unwrap_or_default();
    for (field, old, new) in [
        ("containers", Some(&old.containers), Some(&new.containers)),
        ("initContainers", old.init_containers.as_ref(), new.init_containers.as_ref()),
    ] {
        if old.map_or(0, Vec::len) != new.map_or(0, Vec::len) {
            causes.forbidden(&path.child(field), "pod updates may not add or remove containers");
            return;
        }
    }
    let mut munged = new.clone();
    for (container, old) in munged.containers.iter_mut().zip(&old.containers) {
        container.image.clone_from(&old.image);
    }
    let inits =
        munged.init_containers.iter_mut().flatten().zip(old.init_containers.iter().flatten());
    for (container, old) in inits {
        container.image.clone_from(&old.image);
    }
    let old_tolerations = old.tolerations.clone().unwrap_or_default();
    let new_tolerations = new.tolerations.clone().unwrap_or_default();
    let same = |one: &Toleration, two: &Toleration| {
        Toleration { toleration_seconds: None, ..one.clone() }
            == Toleration { toleration_seconds: None, ..two.clone() }
    };
    if old_tolerations.iter().any(|old| !new_tolerations.iter().any(|new| same(old, new))) {
        causes.forbidden(
            &path.child("tolerations"),
            "existing toleration can not be modified except its tolerationSeconds",
        );
    }
    munged.tolerations.clone_from(&old.tolerations);
    match (old.active_deadline_seconds, new.active_deadline_seconds) {
        (Some(old), Some(new)) if new > old => causes.invalid(
            &path.child("activeDeadlineSeconds"),
            new,
            "must be less than or equal to previous value",
        ),
        (Some(_), None) => causes.invalid(
            &path.child("activeDeadlineSeconds"),
            serde_json::Value::Null,
            "must not update from a positive integer to nil value",
        ),
        _ => munged.active_deadline_seconds = old.active_deadline_seconds,
    }
    if old.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) {
        munged.node_selector.clone_from(&old.node_selector);
        munged.affinity.clone_from(&old.affinity);
        munged.scheduling_gates.clone_from(&old.scheduling_gates);
    }
    if old.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0)
        && new.termination_grace_period_seconds == Some(1)
    {
        munged.termination_grace_period_seconds = old.termination_grace_period_seconds;
    }
    munged.ephemeral_containers.clone_from(&old.ephemeral_containers);
    if munged != old {
        causes.forbidden(
            &path,
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        );
    }
}
