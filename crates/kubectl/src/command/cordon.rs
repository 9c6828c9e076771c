//! `kubectl cordon`, `uncordon` and `taint`.

use k8s_openapi::api::core::v1::{Node, Taint};
use manifest::Kind;

use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{DryRun, Failure, Output, Report, changed};
use crate::resource_arguments::find;
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    switch("overwrite"),
    switch("all"),
    value("selector").short('l'),
    optional("dry-run", "unchanged"),
];

pub(super) fn run(shell: &mut Shell, command: &str, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, command, words, FLAGS)?;
    let closed = command == "cordon";
    let mut report = Report::new();
    for name in &line.arguments.positional {
        match set_closed(shell, name, closed, line.dry_run) {
            Ok(said) => report.line(said),
            Err(failure) => report.fail(failure),
        }
    }
    Ok(report.finish())
}

/// Closes a node to new Pods, or opens it; the line that kubectl prints about it.
pub(super) fn set_closed(
    shell: &mut Shell,
    name: &str,
    closed: bool,
    dry_run: DryRun,
) -> Result<String, Failure> {
    let mut node = node(shell, name)?;
    let reference =
        manifest::ObjectRef::cluster(Kind::Node, node.metadata.name.as_deref().unwrap_or(name));
    let done = if closed { "cordoned" } else { "uncordoned" };
    let spec = node.spec.get_or_insert_default();
    if spec.unschedulable.unwrap_or(false) == closed {
        return Ok(changed(&reference, &format!("already {done}"), dry_run));
    }
    spec.unschedulable = closed.then_some(true);
    shell.cluster.write(|api, write| api.update(node.into(), &options(write, dry_run)))?;
    Ok(changed(&reference, done, dry_run))
}

pub(super) fn taint(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "taint", words, FLAGS)?;
    let [_, name, changes @ ..] = line.arguments.positional.as_slice() else {
        return Err(Failure::local("one or more resources must be specified as <resource> <name>"));
    };
    if changes.is_empty() {
        return Err(Failure::local("at least one taint update is required"));
    }
    let mut node = node(shell, name)?;
    let taints = node.spec.get_or_insert_default().taints.get_or_insert_default();
    let mut removed = false;
    for change in changes {
        if let Some(key) = change.strip_suffix('-') {
            let (key, effect) = match key.split_once(':') {
                Some((key, effect)) => (key, Some(effect)),
                None => (key, None),
            };
            let before = taints.len();
            taints.retain(|taint| {
                taint.key != key || effect.is_some_and(|effect| taint.effect != effect)
            });
            if taints.len() == before {
                return Err(Failure::local(format!("taint {key:?} not found")));
            }
            removed = true;
            continue;
        }
        let (pair, effect) = change
            .rsplit_once(':')
            .ok_or_else(|| Failure::local(format!("invalid taint spec: {change}")))?;
        if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            return Err(Failure::local(format!(
                "invalid taint effect: {effect}, unsupported taint effect\nSee 'kubectl taint -h' \
                 for help and examples"
            )));
        }
        let (key, value) = match pair.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (pair, None),
        };
        let same = |taint: &Taint| taint.key == key && taint.effect == effect;
        if taints.iter().any(same) {
            if !line.arguments.is_set("overwrite") {
                return Err(Failure::local(format!(
                    "node {name} already has {key} taint(s) with same effect(s) and --overwrite is false"
                )));
            }
            taints.retain(|taint| !same(taint));
        }
        taints.push(Taint { key: key.into(), value, effect: effect.into(), time_added: None });
    }
    if taints.is_empty() {
        node.spec.get_or_insert_default().taints = None;
    }
    shell.cluster.write(|api, write| api.update(node.into(), &options(write, line.dry_run)))?;
    let reference = manifest::ObjectRef::cluster(Kind::Node, name.as_str());
    let said = if removed { "untainted" } else { "tainted" };
    Ok(Output::printed(format!("{}\n", changed(&reference, said, line.dry_run))))
}

fn node(shell: &Shell, name: &str) -> Result<Node, Failure> {
    let name = name.strip_prefix("node/").unwrap_or(name);
    let object = find(&shell.cluster.snapshot(), Kind::Node, "", name)?;
    let node = object.as_typed::<Node>().cloned();
    Ok(node.expect("the store keeps Nodes under the kind Node"))
}
