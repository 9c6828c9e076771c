//! Warnings about Pods and Pod templates.
//!
//! Models `warningsForPodSpecAndMeta` in `pkg/api/pod/warnings.go` and `pkg/api/node/util.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, ContainerPort, NodeSelectorTerm, PodSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{FieldPath, Quantity};

use crate::validation::quote;

/// Labels of nodes that were renamed: since when, and to what.
const RENAMED_LABELS: &[(&str, &str, &str)] = &[
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
    ("beta.kubernetes.io/instance-type", "v1.17", "node.kubernetes.io/instance-type"),
];

/// Annotations that became fields.
const ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";

/// `path` leads to the object or template that holds `metadata` and `spec`.
pub(super) fn warnings(
    warnings: &mut Vec<String>,
    path: &FieldPath,
    metadata: &ObjectMeta,
    spec: &PodSpec,
) {
    let annotations = metadata.annotations.clone().unwrap_or_default();
    let annotations_path = path.child("metadata.annotations");
    let spec_path = path.child("spec");
    node_labels(warnings, &spec_path, spec);
    for (key, message) in ANNOTATIONS {
        if annotations.contains_key(*key) {
            warnings.push(format!("{}: {message}", annotations_path.key(*key)));
        }
    }
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        volume_plugin(warnings, &spec_path.child("volumes").index(index), volume);
    }
    let mut seen = BTreeSet::new();
    for (index, alias) in spec.host_aliases.iter().flatten().enumerate() {
        if !seen.insert(&alias.ip) {
            let path = spec_path.child("hostAliases").index(index).child("ip");
            warnings.push(format!("{path}: duplicate ip {}", quote(&alias.ip)));
        }
    }
    let secrets = spec.image_pull_secrets.as_deref().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (index, secret) in secrets.iter().enumerate() {
        if !seen.insert(&secret.name) {
            let path = spec_path.child("imagePullSecrets").index(index).child("name");
            warnings.push(format!("{path}: duplicate name {}", quote(&secret.name)));
        }
    }
    for (index, _) in secrets.iter().enumerate().filter(|(_, secret)| secret.name.is_empty()) {
        let path = spec_path.child("imagePullSecrets").index(index).child("name");
        warnings.push(format!("{path}: invalid empty name \"\""));
    }
    let pod_profile =
        spec.security_context.as_ref().is_some_and(|context| context.seccomp_profile.is_some());
    const POD_SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
    if !pod_profile && annotations.contains_key(POD_SECCOMP) {
        warnings.push(format!("{}: {SECCOMP}", annotations_path.key(POD_SECCOMP)));
    }
    let is_template = !path.0.is_empty();
    for (path, container) in containers(&spec_path, spec) {
        self::container(warnings, &path, container);
        let context = container.security_context.as_ref();
        let seccomp = format!("container.seccomp.security.alpha.kubernetes.io/{}", container.name);
        if context.is_none_or(|context| context.seccomp_profile.is_none())
            && annotations.contains_key(&seccomp)
        {
            warnings.push(format!("{}: {SECCOMP}", annotations_path.key(seccomp)));
        }
        let app_armor =
            format!("container.apparmor.security.beta.kubernetes.io/{}", container.name);
        if is_template && annotations.contains_key(&app_armor) {
            warnings.push(format!(
                "{}: deprecated since v1.30; use the \"appArmorProfile\" field instead",
                annotations_path.key(app_armor)
            ));
        }
    }
    ports(warnings, &spec_path, spec);
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        warnings.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            spec_path.child("terminationGracePeriodSeconds")
        ));
    }
    pod_affinity(warnings, &spec_path, spec);
}

/// Every container with its path, init containers first.
fn containers<'a>(
    path: &FieldPath,
    spec: &'a PodSpec,
) -> impl Iterator<Item = (FieldPath, &'a Container)> {
    let (inits, regular) = (path.child("initContainers"), path.child("containers"));
    let init_containers = spec.init_containers.iter().flatten().enumerate();
    init_containers.map(move |(index, container)| (inits.index(index), container)).chain(
        spec.containers
            .iter()
            .enumerate()
            .map(move |(index, container)| (regular.index(index), container)),
    )
}

fn renamed(label: &str) -> Option<String> {
    let (_, since, now) = RENAMED_LABELS.iter().find(|(old, _, _)| *old == label)?;
    Some(format!("deprecated since {since}; use {now:?} instead"))
}

fn node_labels(warnings: &mut Vec<String>, path: &FieldPath, spec: &PodSpec) {
    for key in spec.node_selector.iter().flat_map(BTreeMap::keys) {
        if let Some(message) = renamed(key) {
            warnings.push(format!("{}: {message}", path.child("nodeSelector").key(key)));
        }
    }
    if let Some(node) = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref())
    {
        let path = path.child("affinity.nodeAffinity");
        let required = node.required_during_scheduling_ignored_during_execution.as_ref();
        let terms = required.map(|selector| selector.node_selector_terms.as_slice());
        for (index, term) in terms.unwrap_or_default().iter().enumerate() {
            let path = path
                .child("requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
                .index(index);
            selector_term(warnings, &path, term);
        }
        let preferred = node.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        for (index, term) in preferred.enumerate() {
            let path = path.child("preferredDuringSchedulingIgnoredDuringExecution").index(index);
            selector_term(warnings, &path.child("preference"), &term.preference);
        }
    }
    for (index, constraint) in spec.topology_spread_constraints.iter().flatten().enumerate() {
        let path = path.child("topologySpreadConstraints").index(index);
        if let Some(message) = renamed(&constraint.topology_key) {
            let key = &constraint.topology_key;
            warnings.push(format!("{}: {key} is {message}", path.child("topologyKey")));
        }
        if constraint.label_selector.is_none() {
            warnings.push(format!(
                "{}: a null labelSelector results in matching no pod",
                path.child("labelSelector")
            ));
        }
    }
}

/// Terms that select no Pod at all, because they have no selector.
fn pod_affinity(warnings: &mut Vec<String>, path: &FieldPath, spec: &PodSpec) {
    let affinity = spec.affinity.clone().unwrap_or_default();
    let near = affinity.pod_affinity.map(|pods| {
        (
            "podAffinity",
            pods.required_during_scheduling_ignored_during_execution,
            pods.preferred_during_scheduling_ignored_during_execution,
        )
    });
    let apart = affinity.pod_anti_affinity.map(|pods| {
        (
            "podAntiAffinity",
            pods.required_during_scheduling_ignored_during_execution,
            pods.preferred_during_scheduling_ignored_during_execution,
        )
    });
    let mut warn = |path: FieldPath| {
        warnings.push(format!("{path}: a null labelSelector results in matching no pod"));
    };
    for (field, required, preferred) in [near, apart].into_iter().flatten() {
        let path = path.child("affinity").child(field);
        for (index, term) in required.iter().flatten().enumerate() {
            if term.label_selector.is_none() {
                let path =
                    path.child("requiredDuringSchedulingIgnoredDuringExecution").index(index);
                warn(path.child("labelSelector"));
            }
        }
        for (index, term) in preferred.iter().flatten().enumerate() {
            if term.pod_affinity_term.label_selector.is_none() {
                let path =
                    path.child("preferredDuringSchedulingIgnoredDuringExecution").index(index);
                warn(path.child("podAffinityTerm.labelSelector"));
            }
        }
    }
}

fn selector_term(warnings: &mut Vec<String>, path: &FieldPath, term: &NodeSelectorTerm) {
    for (index, requirement) in term.match_expressions.iter().flatten().enumerate() {
        if let Some(message) = renamed(&requirement.key) {
            let path = path.child("matchExpressions").index(index).child("key");
            warnings.push(format!("{path}: {} is {message}", requirement.key));
        }
    }
}

fn volume_plugin(warnings: &mut Vec<String>, path: &FieldPath, volume: &Volume) {
    for (field, used, message) in [
        (
            "photonPersistentDisk",
            volume.photon_persistent_disk.is_some(),
            "deprecated in v1.11, non-functional in v1.16+",
        ),
        (
            "gitRepo",
            volume.git_repo.is_some(),
            "deprecated in v1.11, and disabled by default in v1.33+",
        ),
        ("scaleIO", volume.scale_io.is_some(), "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", volume.flocker.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
        ("storageOS", volume.storageos.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", volume.quobyte.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", volume.glusterfs.is_some(), "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", volume.cephfs.is_some(), "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", volume.rbd.is_some(), "deprecated in v1.28, non-functional in v1.31+"),
    ] {
        if used {
            warnings.push(format!("{}: {message}", path.child(field)));
        }
    }
}

fn container(warnings: &mut Vec<String>, path: &FieldPath, container: &Container) {
    let resources = container.resources.clone().unwrap_or_default();
    for name in ["memory", "ephemeral-storage"] {
        for (field, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
            let Some(quantity) = list.as_ref().and_then(|list| list.get(name)).map(Quantity::of)
            else {
                continue;
            };
            if quantity.millis() % 1000 != 0 {
                warnings.push(format!(
                    "{}: fractional byte value \"{quantity}\" is invalid, must be an integer",
                    path.child("resources").child(field).key(name)
                ));
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (index, variable) in container.env.iter().flatten().enumerate() {
        if seen.insert(&variable.name) {
            continue;
        }
        let reference = format!("$({})", variable.name);
        let value = variable.value.as_deref().unwrap_or_default();
        if variable.value_from.is_some() || value == reference || !value.contains(&reference) {
            warnings.push(format!(
                "{}: hides previous definition of {}, which may be dropped when using apply",
                path.child("env").index(index),
                quote(&variable.name)
            ));
        }
    }
}

/// Ports that are declared twice, within a container or across containers.
fn ports(warnings: &mut Vec<String>, path: &FieldPath, spec: &PodSpec) {
    let mut known: Vec<(FieldPath, &ContainerPort)> = Vec::new();
    for (path, container) in containers(path, spec) {
        for (index, port) in container.ports.iter().flatten().enumerate() {
            let path = path.child("ports").index(index);
            let (address, number) = place(port);
            if !address.is_empty() && number == 0 {
                warnings.push(format!(
                    "{path}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{address}}}",
                    port.name.as_deref().unwrap_or_default(),
                    port.container_port,
                    port.protocol.as_deref().unwrap_or_default()
                ));
            }
            for (other_path, other) in &known {
                if other.container_port != port.container_port || other.protocol != port.protocol {
                    continue;
                }
                let (other_address, other_number) = place(other);
                if (address, number) == (other_address, other_number) {
                    warnings.push(format!("{path}: duplicate port definition with {other_path}"));
                } else if number == 0 || other_number == 0 {
                    warnings.push(format!("{path}: overlapping port definition with {other_path}"));
                } else if number == other_number && address.is_empty() != other_address.is_empty() {
                    warnings.push(format!(
                        "{path}: dangerously ambiguous port definition with {other_path}"
                    ));
                }
            }
            known.push((path, port));
        }
    }
    let mut names: BTreeMap<&str, FieldPath> = BTreeMap::new();
    for (path, port) in &known {
        let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) else { continue };
        let path = path.child("name");
        if let Some(first) = names.get(name) {
            warnings.push(format!(
                "{path}: duplicate port name {} with {first}, services and probes that select ports by name will use {first}",
                quote(name)
            ));
        } else {
            names.insert(name, path);
        }
    }
}

fn place(port: &ContainerPort) -> (&str, i32) {
    (port.host_ip.as_deref().unwrap_or_default(), port.host_port.unwrap_or(0))
}
