//! Containers of every sort: ports, environment, mounts, resources, security.
//!
//! Models `validateContainers`, `validateInitContainers`, `validateContainerCommon` and their neighbours in
//! `pkg/apis/core/validation/validation.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, PodSpec, ResourceRequirements, SecurityContext, Volume, VolumeDevice,
    VolumeMount,
};
use manifest::{FieldPath, Quantity};

use super::pod::seccomp_profile;
use super::volume::{no_backsteps, relative_path};
use super::{Causes, PROTOCOLS, environment, probe, text};

/// What containers of a Pod share.
pub(super) struct Surroundings<'a> {
    /// The Pod's volumes, of which only the well-formed count.
    pub volumes: BTreeMap<&'a str, &'a Volume>,
    pub spec: &'a PodSpec,
}

pub(super) fn containers(causes: &mut Causes, path: &FieldPath, around: &Surroundings<'_>) {
    let containers = &around.spec.containers;
    if containers.is_empty() {
        causes.required(path, "");
        return;
    }
    let mut names = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        common(causes, &path, container, around);
        if !names.insert(container.name.as_str()) {
            causes.duplicate(&path.child("name"), &container.name);
        }
        let grace = around.spec.termination_grace_period_seconds;
        probe::lifecycle(causes, &path.child("lifecycle"), container.lifecycle.as_ref(), grace);
        probe::probes(causes, &path, container);
        restart_policy(causes, &path, container);
    }
    let mut taken = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        host_ports(causes, &path.index(index), container, &mut taken);
    }
}

pub(super) fn init_containers(causes: &mut Causes, path: &FieldPath, around: &Surroundings<'_>) {
    let mut names: BTreeSet<&str> =
        around.spec.containers.iter().map(|container| container.name.as_str()).collect();
    for (index, container) in around.spec.init_containers.iter().flatten().enumerate() {
        let path = path.index(index);
        common(causes, &path, container, around);
        restart_policy(causes, &path, container);
        if names.contains(container.name.as_str()) {
            causes.duplicate(&path.child("name"), &container.name);
        } else if !container.name.is_empty() {
            names.insert(&container.name);
        }
        host_ports(causes, &path, container, &mut BTreeSet::new());
        if container.restart_policy.as_deref() == Some("Always") {
            let grace = around.spec.termination_grace_period_seconds;
            probe::lifecycle(causes, &path.child("lifecycle"), container.lifecycle.as_ref(), grace);
            probe::probes(causes, &path, container);
            continue;
        }
        for (field, written) in [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ] {
            if written {
                causes.forbidden(
                    &path.child(field),
                    "may not be set for init containers without restartPolicy=Always",
                );
            }
        }
    }
}

fn restart_policy(causes: &mut Causes, path: &FieldPath, container: &Container) {
    if let Some(policy) = &container.restart_policy {
        causes.one_of(&path.child("restartPolicy"), policy, &["Always", "Never", "OnFailure"]);
    }
}

fn common(causes: &mut Causes, path: &FieldPath, container: &Container, around: &Surroundings<'_>) {
    if container.name.is_empty() {
        causes.required(&path.child("name"), "");
    } else {
        causes.invalid_each(
            &path.child("name"),
            &container.name,
            text::dns1123_label(&container.name),
        );
    }
    if container.image.as_deref().unwrap_or_default().is_empty() {
        causes.required(&path.child("image"), "");
    }
    causes.one_of(
        &path.child("terminationMessagePolicy"),
        container.termination_message_policy.as_deref().unwrap_or_default(),
        &["File", "FallbackToLogsOnError"],
    );
    ports(causes, &path.child("ports"), container.ports.as_deref().unwrap_or_default());
    environment::variables(
        causes,
        &path.child("env"),
        container.env.as_deref().unwrap_or_default(),
    );
    let sources = container.env_from.as_deref().unwrap_or_default();
    environment::sources(causes, &path.child("envFrom"), sources);
    mounts(causes, &path.child("volumeMounts"), container, around);
    devices(causes, &path.child("volumeDevices"), container, around);
    causes.one_of(
        &path.child("imagePullPolicy"),
        container.image_pull_policy.as_deref().unwrap_or_default(),
        &["Always", "IfNotPresent", "Never"],
    );
    let resources = container.resources.clone().unwrap_or_default();
    self::resources(causes, &path.child("resources"), &resources, &around.spec.resource_claims);
    resize_policy(causes, &path.child("resizePolicy"), container, around);
    if let Some(context) = &container.security_context {
        security_context(causes, &path.child("securityContext"), context);
    }
}

fn ports(causes: &mut Causes, path: &FieldPath, ports: &[ContainerPort]) {
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = path.index(index);
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let messages = text::port_name(name);
            if !messages.is_empty() {
                causes.invalid_each(&path.child("name"), name, messages);
            } else if !names.insert(name) {
                causes.duplicate(&path.child("name"), name);
            }
        }
        let number = port.container_port;
        if number == 0 {
            causes.required(&path.child("containerPort"), "");
        } else {
            causes.invalid_each(
                &path.child("containerPort"),
                number,
                text::port_number(number.into()),
            );
        }
        if let Some(number) = port.host_port.filter(|&number| number != 0) {
            causes.invalid_each(&path.child("hostPort"), number, text::port_number(number.into()));
        }
        causes.one_of(
            &path.child("protocol"),
            port.protocol.as_deref().unwrap_or_default(),
            PROTOCOLS,
        );
    }
}

/// A port of the node can be had once for each protocol and address.
fn host_ports(
    causes: &mut Causes,
    path: &FieldPath,
    container: &Container,
    taken: &mut BTreeSet<String>,
) {
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let Some(number) = port.host_port.filter(|&number| number != 0) else { continue };
        let protocol = port.protocol.as_deref().unwrap_or_default();
        let address = port.host_ip.as_deref().unwrap_or_default();
        let place = format!("{protocol}/{address}/{number}");
        if !taken.insert(place.clone()) {
            causes.duplicate(&path.child("ports").index(index).child("hostPort"), place);
        }
    }
}

fn mounts(causes: &mut Causes, path: &FieldPath, container: &Container, around: &Surroundings<'_>) {
    let devices = container.volume_devices.as_deref().unwrap_or_default();
    let mut paths = BTreeSet::new();
    for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let at = path.index(index);
        if mount.name.is_empty() {
            causes.required(&at.child("name"), "");
        }
        let volume = around.volumes.get(mount.name.as_str());
        if volume.is_none() {
            causes.not_found(&at.child("name"), &mount.name);
        }
        if mount.mount_path.is_empty() {
            causes.required(&at.child("mountPath"), "");
        }
        if !paths.insert(mount.mount_path.as_str()) {
            causes.invalid(&at.child("mountPath"), &mount.mount_path, "must be unique");
        }
        if devices.iter().any(|device| device.name == mount.name) {
            causes.invalid(
                &at.child("name"),
                &mount.name,
                "must not already exist in volumeDevices",
            );
        }
        if devices.iter().any(|device| device.device_path == mount.mount_path) {
            causes.invalid(
                &at.child("mountPath"),
                &mount.mount_path,
                "must not already exist as a path in volumeDevices",
            );
        }
        sub_path(causes, path, &at, mount, volume.is_some_and(|volume| volume.image.is_some()));
        if let Some(propagation) = &mount.mount_propagation {
            let privileged =
                container.security_context.as_ref().and_then(|context| context.privileged)
                    == Some(true);
            let path = path.child("mountPropagation");
            causes.one_of(&path, propagation, &["Bidirectional", "HostToContainer", "None"]);
            if propagation == "Bidirectional" && !privileged {
                causes.forbidden(
                    &path,
                    "Bidirectional mount propagation is available only to privileged containers",
                );
            }
        }
        recursive_read_only(causes, &path.child("recursiveReadOnly"), mount);
    }
}

fn sub_path(
    causes: &mut Causes,
    path: &FieldPath,
    at: &FieldPath,
    mount: &VolumeMount,
    of_image: bool,
) {
    let sub_path = mount.sub_path.as_deref().unwrap_or_default();
    let expression = mount.sub_path_expr.as_deref().unwrap_or_default();
    for (field, value) in [("subPath", sub_path), ("subPathExpr", expression)] {
        if of_image && !value.is_empty() {
            causes.invalid(&at.child(field), value, "not allowed in image volume sources");
        }
    }
    if !sub_path.is_empty() {
        relative_path(causes, &path.child("subPath"), sub_path);
    }
    if !expression.is_empty() {
        if !sub_path.is_empty() {
            causes.invalid(
                &at.child("subPathExpr"),
                expression,
                "subPathExpr and subPath are mutually exclusive",
            );
        }
        relative_path(causes, &path.child("subPathExpr"), expression);
    }
}

fn recursive_read_only(causes: &mut Causes, path: &FieldPath, mount: &VolumeMount) {
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if mount.read_only != Some(true) {
                causes.forbidden(path, "may only be specified when readOnly is true");
            }
            if mount.mount_propagation.as_deref().is_some_and(|propagation| propagation != "None") {
                causes.forbidden(
                    path,
                    "may only be specified when mountPropagation is None or not specified",
                );
            }
        }
        Some(other) => causes.unsupported(path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn devices(
    causes: &mut Causes,
    path: &FieldPath,
    container: &Container,
    around: &Surroundings<'_>,
) {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    let mut names = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for (index, VolumeDevice { name, device_path }) in
        container.volume_devices.iter().flatten().enumerate()
    {
        let at = path.index(index);
        let (name_path, device_path_path) = (at.child("name"), at.child("devicePath"));
        if name.is_empty() {
            causes.required(&name_path, "");
        }
        if names.contains(name) {
            causes.invalid(&name_path, name, "must be unique");
        }
        match around.volumes.get(name.as_str()) {
            None => causes.not_found(&name_path, name),
            Some(volume)
                if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() =>
            {
                causes.invalid(
                    &name_path,
                    name,
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
                );
            }
            Some(_) => {}
        }
        if device_path.is_empty() {
            causes.required(&device_path_path, "");
        }
        if paths.contains(device_path) {
            causes.invalid(&device_path_path, device_path, "must be unique");
        }
        let mut backsteps = Causes::default();
        no_backsteps(&mut backsteps, &device_path_path, device_path);
        if backsteps.is_empty() {
            paths.insert(device_path);
        } else {
            causes.invalid(&device_path_path, device_path, "can not contain backsteps ('..')");
        }
        if mounts.iter().any(|mount| mount.name == *name) {
            causes.invalid(&name_path, name, "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| mount.mount_path == *device_path) {
            causes.invalid(
                &device_path_path,
                device_path,
                "must not already exist as a path in volumeMounts",
            );
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}

/// Limits and requests of a container.
pub(super) fn resources(
    causes: &mut Causes,
    path: &FieldPath,
    resources: &ResourceRequirements,
    claims: &Option<Vec<k8s_openapi::api::core::v1::PodResourceClaim>>,
) {
    let limits = resources.limits.clone().unwrap_or_default();
    let requests = resources.requests.clone().unwrap_or_default();
    for (name, quantity) in &limits {
        amount(causes, &path.child("limits").key(name), name, &quantity.0);
    }
    for (name, quantity) in &requests {
        amount(causes, &path.child("requests").key(name), name, &quantity.0);
        let requests_path = path.child("requests");
        let request = Quantity::of(quantity);
        match limits.get(name).map(Quantity::of) {
            Some(limit) => {
                let room = limit.minus(&request);
                if !room.is_zero() && !may_overcommit(name) {
                    causes.invalid(
                        &requests_path,
                        request.to_string(),
                        format!("must be equal to {name} limit of {limit}"),
                    );
                } else if room.is_negative() {
                    causes.invalid(
                        &requests_path,
                        request.to_string(),
                        format!("must be less than or equal to {name} limit of {limit}"),
                    );
                }
            }
            None if !may_overcommit(name) => causes.required(
                &path.child("limits"),
                "Limit must be set for non overcommitable resources",
            ),
            None => {}
        }
    }
    let names = || limits.keys().chain(requests.keys());
    if names().any(|name| name.starts_with("hugepages-"))
        && !names().any(|name| name == "cpu" || name == "memory")
    {
        causes.forbidden(path, "HugePages require cpu or memory");
    }
    for (index, claim) in resources.claims.iter().flatten().enumerate() {
        let known = claims.iter().flatten().any(|known| known.name == claim.name);
        if !known {
            let names: Vec<&str> =
                claims.iter().flatten().map(|claim| claim.name.as_str()).collect();
            let detail = if names.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", names.join(", "))
            };
            causes.push(
                &path.child("claims").index(index),
                format!(
                    "Not found: {:?}: must be one of the names in pod.spec.resourceClaims{detail}",
                    claim.name
                ),
            );
        }
    }
}

fn amount(causes: &mut Causes, path: &FieldPath, name: &str, quantity: &str) {
    resource_name(causes, path, name);
    let Ok(amount) = Quantity::parse(quantity) else { return };
    if amount.is_negative() {
        causes.invalid(path, amount.to_string(), "must be greater than or equal to 0");
    }
    if !may_overcommit(name) && !name.starts_with("hugepages-") && amount.millis() % 1000 != 0 {
        causes.invalid(path, amount.to_string(), "must be an integer");
    }
}

fn resource_name(causes: &mut Causes, path: &FieldPath, name: &str) {
    const STANDARD: &[&str] = &["cpu", "memory", "ephemeral-storage"];
    const KNOWN: &[&str] = &[
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "storage",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "requests.storage",
        "services.nodeports",
        "services.loadbalancers",
    ];
    let messages = text::qualified_name(name);
    if !messages.is_empty() {
        causes.invalid_each(path, name, messages);
    }
    match name.split_once('/') {
        None => {
            let standard = STANDARD.contains(&name) || name.starts_with("hugepages-");
            if !standard && !KNOWN.contains(&name) {
                causes.invalid(path, name, "must be a standard resource type or fully qualified");
            }
            if !standard {
                causes.invalid(path, name, "must be a standard resource for containers");
            }
        }
        Some((domain, _)) => {
            let native = domain == "kubernetes.io" || domain.ends_with(".kubernetes.io");
            if !native && name.starts_with("requests.") {
                causes.invalid(path, name, "doesn't follow extended resource name standard");
            }
        }
    }
}

/// Whether more of it may be promised than there is.
fn may_overcommit(name: &str) -> bool {
    !name.starts_with("hugepages-") && (!name.contains('/') || name.contains("kubernetes.io/"))
}

fn resize_policy(
    causes: &mut Causes,
    path: &FieldPath,
    container: &Container,
    around: &Surroundings<'_>,
) {
    let mut seen = BTreeSet::new();
    for (index, policy) in container.resize_policy.iter().flatten().enumerate() {
        if !seen.insert(&policy.resource_name) {
            causes.duplicate(&path.index(index), &policy.resource_name);
        }
        causes.one_of(path, &policy.resource_name, &["cpu", "memory"]);
        causes.one_of(path, &policy.restart_policy, &["NotRequired", "RestartContainer"]);
        if around.spec.restart_policy.as_deref() == Some("Never")
            && policy.restart_policy != "NotRequired"
        {
            causes.invalid(
                path,
                &policy.restart_policy,
                "must be 'NotRequired' when `restartPolicy` is 'Never'",
            );
        }
    }
}

fn security_context(causes: &mut Causes, path: &FieldPath, context: &SecurityContext) {
    identity(causes, &path.child("runAsUser"), context.run_as_user);
    identity(causes, &path.child("runAsGroup"), context.run_as_group);
    if let Some(mount) = &context.proc_mount {
        causes.one_of(&path.child("procMount"), mount, &["Default", "Unmasked"]);
        if mount == "Unmasked" {
            causes.invalid(
                &path.child("procMount"),
                mount,
                "`hostUsers` must be false to use `Unmasked`",
            );
        }
    }
    seccomp_profile(causes, &path.child("seccompProfile"), context.seccomp_profile.as_ref());
    if context.allow_privilege_escalation == Some(false) {
        let shown = || internal_security_context(context);
        if context.privileged == Some(true) {
            causes.invalid_shown(
                path,
                &shown(),
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            );
        }
        let capabilities = context.capabilities.clone().unwrap_or_default();
        if capabilities.add.iter().flatten().any(|capability| capability == "CAP_SYS_ADMIN") {
            causes.invalid_shown(
                path,
                &shown(),
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            );
        }
    }
}

/// The security context as the API server's internal type is written in JSON: Go's field names, in the
/// order of their declaration.
fn internal_security_context(context: &SecurityContext) -> String {
    fn json(value: impl serde::Serialize) -> String {
        serde_json::to_string(&value).unwrap_or_default()
    }
    let capabilities = match &context.capabilities {
        Some(capabilities) => {
            format!(r#"{{"Add":{},"Drop":{}}}"#, json(&capabilities.add), json(&capabilities.drop))
        }
        None => "null".into(),
    };
    format!(
        r#"{{"Capabilities":{capabilities},"Privileged":{},"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":{},"RunAsGroup":{},"RunAsNonRoot":{},"ReadOnlyRootFilesystem":{},"AllowPrivilegeEscalation":{},"ProcMount":{},"SeccompProfile":null,"AppArmorProfile":null}}"#,
        json(context.privileged),
        json(context.run_as_user),
        json(context.run_as_group),
        json(context.run_as_non_root),
        json(context.read_only_root_filesystem),
        json(context.allow_privilege_escalation),
        json(&context.proc_mount),
    )
}

/// A user's or group's number.
pub(super) fn identity(causes: &mut Causes, path: &FieldPath, id: Option<i64>) {
    if let Some(id) = id.filter(|id| !(0..=i64::from(u32::MAX)).contains(id)) {
        causes.invalid(path, id, "must be between 0 and 4294967295, inclusive");
    }
}
