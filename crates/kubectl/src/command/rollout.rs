//! `kubectl rollout`: status, history, undo, restart, pause, resume.
//!
//! Models `k8s.io/kubectl/pkg/cmd/rollout` and `pkg/polymorphichelpers`.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use manifest::{Kind, Object};

use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output, Report, changed};
use crate::resource_arguments::{Targets, find};
use crate::shell::Shell;
use crate::tabwriter;

pub(super) const FLAGS: &[Flag] = &[
    value("revision"),
    value("to-revision"),
    value("timeout"),
    value("selector").short('l'),
    value("filename").short('f'),
    value("output").short('o'),
    optional("watch", "true"),
    switch("recursive").short('R'),
    optional("dry-run", "unchanged"),
];

/// The annotation that numbers a Deployment's ReplicaSets.
const REVISION: &str = "deployment.kubernetes.io/revision";

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "rollout", words, FLAGS)?;
    let Some((what, rest)) = line.arguments.positional.split_first() else {
        return Ok(Output::printed("Manage the rollout of one or many resources.\n"));
    };
    let targets = Targets::parse(rest)?;
    if targets.items.is_empty() {
        return Err(Failure::local("required resource not specified"));
    }
    let mut report = Report::new();
    for (kind, name) in &targets.items {
        let snapshot = shell.cluster.snapshot();
        let objects = match name {
            Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                Ok(object) => vec![object],
                Err(failure) => {
                    report.fail(failure);
                    continue;
                }
            },
            None => snapshot.objects_in(*kind, &line.namespace).cloned().collect(),
        };
        for object in objects {
            let done = match what.as_str() {
                "status" => {
                    for line in steps(shell, &object) {
                        report.line(line);
                    }
                    status(&object, &mut report)
                }
                "history" => history(shell, &object, &line, &mut report),
                "undo" => undo(shell, &object, &line, &mut report),
                "restart" => restart(shell, &object, &line, &mut report),
                "pause" | "resume" => pause(shell, &object, &line, what == "pause", &mut report),
                other => Err(Failure::local(format!(
                    "unknown command {other:?} for \"kubectl rollout\""
                ))),
            };
            if let Err(failure) = done {
                report.fail(failure);
            }
        }
    }
    Ok(report.finish())
}

fn status(object: &Object, report: &mut Report) -> Result<(), Failure> {
    let name = object.name();
    match object {
        Object::Deployment(deployment) => {
            let status = deployment.status.clone().unwrap_or_default();
            let late = status.conditions.iter().flatten().any(|condition| {
                condition.type_ == "Progressing"
                    && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
            });
            if late {
                return Err(Failure::local(format!(
                    "deployment {name:?} exceeded its progress deadline"
                )));
            }
            match waits(deployment) {
                None => {
                    report.line(format!("deployment {name:?} successfully rolled out"));
                    Ok(())
                }
                Some(waiting) => {
                    report.line(waiting);
                    Err(Failure::local("timed out waiting for the condition"))
                }
            }
        }
        Object::DaemonSet(set) => {
            let status = set.status.clone().unwrap_or_default();
            let available = status.number_available.unwrap_or(0);
            let desired = status.desired_number_scheduled;
            if available < desired {
                report.line(format!(
                    "Waiting for daemon set {name:?} rollout to finish: {available} of {desired} \
                     updated pods are available..."
                ));
                return Err(Failure::local("timed out waiting for the condition"));
            }
            report.line(format!("daemon set {name:?} successfully rolled out"));
            Ok(())
        }
        Object::StatefulSet(set) => {
            let status = set.status.clone().unwrap_or_default();
            report.line(format!(
                "statefulset rolling update complete {} pods at revision {}...",
                status.current_replicas.unwrap_or(0),
                status.current_revision.unwrap_or_default(),
            ));
            Ok(())
        }
        other => Err(Failure::local(format!(
            "no status viewer has been implemented for {}",
            other.kind()
        ))),
    }
}

/// What a Deployment's rollout still waits for, as `kubectl` says it.
fn waits(deployment: &Deployment) -> Option<String> {
    let name = deployment.metadata.name.as_deref().unwrap_or_default();
    let status = deployment.status.clone().unwrap_or_default();
    if status.observed_generation.unwrap_or(0) < deployment.metadata.generation.unwrap_or(0) {
        return Some("Waiting for deployment spec update to be observed...".into());
    }
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let updated = status.updated_replicas.unwrap_or(0);
    let total = status.replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    let waiting = if updated < wanted {
        format!("{updated} out of {wanted} new replicas have been updated...")
    } else if total > updated {
        format!("{} old replicas are pending termination...", total - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available...")
    } else {
        return None;
    };
    Some(format!("Waiting for deployment {name:?} rollout to finish: {waiting}"))
}

/// What somebody would have read who asked when the rollout began: it has ended a moment ago, while
/// the command before this one was answered.
fn steps(shell: &Shell, object: &Object) -> Vec<String> {
    const MOMENT: Duration = Duration::from_secs(1);
    let Object::Deployment(present) = object else { return Vec::new() };
    let mut lines: Vec<String> = Vec::new();
    let mut ended = None;
    if waits(present).is_some() {
        return lines;
    }
    for round in shell.cluster.rounds().iter().rev() {
        let then = round.snapshot.find::<Deployment>(
            present.metadata.namespace.as_deref().unwrap_or_default(),
            present.metadata.name.as_deref().unwrap_or_default(),
        );
        let same = |then: &&Deployment| {
            then.metadata.uid == present.metadata.uid
                && then.metadata.generation == present.metadata.generation
        };
        let Some(then) = then.filter(same) else { break };
        match waits(then) {
            None if lines.is_empty() => ended = Some(round.at),
            None => break,
            Some(_) if ended.is_none_or(|ended| shell.cluster.now().since(ended) > MOMENT) => break,
            Some(line) if lines.last() != Some(&line) => lines.push(line),
            Some(_) => {}
        }
    }
    lines.reverse();
    lines
}

fn history(
    shell: &Shell,
    object: &Object,
    line: &Line,
    report: &mut Report,
) -> Result<(), Failure> {
    let Object::Deployment(deployment) = object else {
        return Err(Failure::local(format!(
            "no history viewer has been implemented for {:?}",
            object.kind().resource().kind
        )));
    };
    let sets = replica_sets(shell, deployment);
    let name = format!("deployment.apps/{}", object.name());
    if let Some(wanted) = line.arguments.number("revision")? {
        let set = sets
            .iter()
            .find(|(revision, _)| *revision == wanted)
            .ok_or_else(|| Failure::local("unable to find the specified revision"))?;
        report.line(format!("{name} with revision #{wanted}"));
        let template = set.1.spec.as_ref().and_then(|spec| spec.template.as_ref());
        report.print(&crate::describe::pod_template(template));
        return Ok(());
    }
    report.line(format!("{name} "));
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for (revision, set) in &sets {
        let cause = set.metadata.annotations.as_ref().and_then(|annotations| {
            annotations.get("kubernetes.io/change-cause").map(String::as_str)
        });
        table.push_str(&format!("{revision}\t{}\n", cause.unwrap_or("<none>")));
    }
    report.print(&tabwriter::align(&table, 0, 2));
    report.line("");
    Ok(())
}

fn undo(
    shell: &mut Shell,
    object: &Object,
    line: &Line,
    report: &mut Report,
) -> Result<(), Failure> {
    let Object::Deployment(deployment) = object else {
        return Err(Failure::local(format!(
            "no rollbacker has been implemented for {:?}",
            object.kind().resource().kind
        )));
    };
    if deployment.metadata.annotations.as_ref().is_some_and(|annotations| {
        annotations.contains_key("kubectl.kubernetes.io/last-applied-configuration")
    }) {
        report.notice(format!(
            "Warning: resource deployments/{} was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
            object.name()
        ));
    }
    let sets = replica_sets(shell, deployment);
    let wanted = line.arguments.number("to-revision")?.unwrap_or(0);
    let target = if wanted > 0 {
        sets.iter().find(|(revision, _)| *revision == wanted).ok_or_else(|| {
            Failure::local(format!("unable to find specified revision {wanted} in history"))
        })?
    } else {
        sets.iter().rev().nth(1).ok_or_else(|| {
            Failure::local(format!("no rollout history found for deployment {:?}", object.name()))
        })?
    };
    let mut next = Deployment::clone(deployment);
    if let (Some(spec), Some(template)) =
        (&mut next.spec, target.1.spec.as_ref().and_then(|spec| spec.template.clone()))
    {
        spec.template = template;
        if let Some(labels) =
            spec.template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut())
        {
            labels.remove("pod-template-hash");
        }
    }
    let skipped = deployment.spec.as_ref().map(|spec| &spec.template)
        == next.spec.as_ref().map(|spec| &spec.template);
    if skipped {
        report.line(format!(
            "deployment.apps/{} skipped rollback (current template already matches revision {})",
            object.name(),
            target.0
        ));
        return Ok(());
    }
    shell.cluster.write(|api, write| api.update(next.into(), &options(write, line.dry_run)))?;
    report.line(changed(&object.reference(), "rolled back", line.dry_run));
    Ok(())
}

fn restart(
    shell: &mut Shell,
    object: &Object,
    line: &Line,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut object = object.clone();
    let now = crate::report::time_text(&shell.cluster);
    let template = match &mut object {
        Object::Deployment(deployment) => &mut deployment.spec.get_or_insert_default().template,
        Object::DaemonSet(set) => &mut set.spec.get_or_insert_default().template,
        Object::StatefulSet(set) => &mut set.spec.get_or_insert_default().template,
        other => {
            return Err(Failure::local(format!(
                "{} {:?} restarting is not supported",
                other.kind().resource().qualified_plural(),
                other.name()
            )));
        }
    };
    let annotations = template.metadata.get_or_insert_default().annotations.get_or_insert_default();
    annotations.insert("kubectl.kubernetes.io/restartedAt".into(), now);
    let reference = object.reference();
    shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run)))?;
    report.line(changed(&reference, "restarted", line.dry_run));
    Ok(())
}

fn pause(
    shell: &mut Shell,
    object: &Object,
    line: &Line,
    pause: bool,
    report: &mut Report,
) -> Result<(), Failure> {
    let Object::Deployment(deployment) = object else {
        return Err(Failure::local(format!(
            "{} {:?} {} is not supported",
            object.kind().resource().qualified_plural(),
            object.name(),
            if pause { "pausing" } else { "resuming" },
        )));
    };
    let paused = deployment.spec.as_ref().and_then(|spec| spec.paused).unwrap_or(false);
    if paused == pause {
        let state = if pause { "already paused" } else { "not paused" };
        return Err(Failure::local(format!("deployments.apps {:?} is {state}", object.name())));
    }
    let mut next = Deployment::clone(deployment);
    next.spec.get_or_insert_default().paused = Some(pause);
    shell.cluster.write(|api, write| api.update(next.into(), &options(write, line.dry_run)))?;
    let said = if pause { "paused" } else { "resumed" };
    report.line(changed(&object.reference(), said, line.dry_run));
    Ok(())
}

/// A Deployment's ReplicaSets with their revisions, the oldest first.
fn replica_sets(shell: &Shell, deployment: &Deployment) -> Vec<(i64, Arc<ReplicaSet>)> {
    let snapshot = shell.cluster.snapshot();
    let namespace = deployment.metadata.namespace.as_deref().unwrap_or_default();
    let mut sets: Vec<(i64, Arc<ReplicaSet>)> = snapshot
        .list_in::<ReplicaSet>(namespace)
        .filter(|set| {
            set.metadata.owner_references.iter().flatten().any(|owner| {
                Kind::resolve(&owner.api_version, &owner.kind) == Some(Kind::Deployment)
                    && Some(&owner.name) == deployment.metadata.name.as_ref()
            })
        })
        .map(|set| {
            let revision = set.metadata.annotations.as_ref().and_then(|all| all.get(REVISION));
            let number = revision.and_then(|revision| revision.parse().ok()).unwrap_or(0);
            (number, Arc::new(set.clone()))
        })
        .collect();
    sets.sort_by_key(|(revision, _)| *revision);
    sets
}
