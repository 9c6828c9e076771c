//! `kubectl drain`: cordon a node, then evict the Pods on it.
//!
//! Models `k8s.io/kubectl/pkg/drain` (`filters.go`: DaemonSets, local storage, Pods that nobody would
//! replace). PodDisruptionBudgets are not simulated and hold nothing back.

use apiserver::DeleteOptions;
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};

use super::Line;
use super::cordon::set_closed;
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{DryRun, Failure, Output, changed};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    switch("ignore-daemonsets"),
    switch("delete-emptydir-data"),
    switch("force"),
    value("grace-period"),
    value("timeout"),
    optional("dry-run", "unchanged"),
];

/// What keeps a Pod on its node, with the flag that overrules it and the warning it gives then.
const OBSTACLES: &[(&str, &str, &str)] = &[
    (
        "ignore-daemonsets",
        "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
        "ignoring DaemonSet-managed Pods",
    ),
    (
        "delete-emptydir-data",
        "Pods with local storage (use --delete-emptydir-data to override)",
        "",
    ),
    (
        "force",
        "Pods that declare no controller (use --force to override)",
        "deleting Pods that declare no controller",
    ),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "drain", words, FLAGS)?;
    let Some(name) = line.arguments.positional.first() else {
        return Err(Failure::local("USAGE: drain NODE [flags]"));
    };
    let name = name.strip_prefix("node/").unwrap_or(name).to_owned();
    let mut output =
        Output::printed(format!("{}\n", set_closed(shell, &name, true, line.dry_run)?));
    let pods = pods_on(shell, &name);
    let mut errors = Vec::new();
    for (flag, refusal, warning) in OBSTACLES {
        let held: Vec<String> =
            pods.iter().filter(|pod| obstacle(pod) == Some(*flag)).map(namespaced_name).collect();
        if held.is_empty() {
            continue;
        }
        let held = held.join(", ");
        if !line.arguments.is_set(flag) {
            errors.push(format!("cannot delete {refusal}: {held}"));
        } else if !warning.is_empty() {
            output.stderr.push_str(&format!("Warning: {warning}: {held}\n"));
        }
    }
    if !errors.is_empty() {
        let all = match errors.as_slice() {
            [only] => only.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        output.stderr.push_str(&format!(
            "error: unable to drain node {name:?} due to error: {all}, continuing command...\n\
             There are pending nodes to be drained:\n {name}\n{}\n",
            errors.join("\n")
        ));
        output.code = 1;
        return Ok(output);
    }
    let leaving: Vec<&Pod> =
        pods.iter().filter(|pod| obstacle(pod) != Some("ignore-daemonsets")).collect();
    for pod in &leaving {
        output.stdout.push_str(&format!("evicting pod {}\n", namespaced_name(pod)));
    }
    for pod in leaving {
        let reference = reference(pod);
        if matches!(line.dry_run, DryRun::None) {
            let deletion = DeleteOptions::background(shell.cluster.now());
            shell.cluster.write(|api, _| api.delete(&reference, &deletion))?;
        }
        output.stdout.push_str(&format!("{}\n", changed(&reference, "evicted", line.dry_run)));
    }
    let node = ObjectRef::cluster(Kind::Node, name.as_str());
    output.stdout.push_str(&format!("{}\n", changed(&node, "drained", line.dry_run)));
    Ok(output)
}

fn pods_on(shell: &Shell, node: &str) -> Vec<Pod> {
    let snapshot = shell.cluster.snapshot();
    let on_node = |pod: &&Pod| {
        pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node)
            && pod.metadata.deletion_timestamp.is_none()
    };
    snapshot.list::<Pod>().filter(on_node).cloned().collect()
}

/// The flag without which the Pod stays.
fn obstacle(pod: &Pod) -> Option<&'static str> {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let is_over = matches!(phase, Some("Succeeded" | "Failed"));
    let controller =
        pod.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
    let has_local_storage = pod
        .spec
        .iter()
        .flat_map(|spec| spec.volumes.iter().flatten())
        .any(|volume| volume.empty_dir.is_some());
    match controller {
        Some(owner) if owner.kind == "DaemonSet" => Some("ignore-daemonsets"),
        _ if is_over => None,
        _ if has_local_storage => Some("delete-emptydir-data"),
        None => Some("force"),
        Some(_) => None,
    }
}

fn reference(pod: &Pod) -> ObjectRef {
    let (namespace, name) = (pod.metadata.namespace.as_deref(), pod.metadata.name.as_deref());
    ObjectRef::new(Kind::Pod, namespace.unwrap_or_default(), name.unwrap_or_default())
}

fn namespaced_name(pod: &Pod) -> String {
    reference(pod).namespaced_name()
}
