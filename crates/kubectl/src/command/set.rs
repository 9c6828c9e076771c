//! `kubectl set image`, `set env` and `set selector`.

use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec};
use manifest::Object;

use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output, Report, changed};
use crate::resource_arguments::{Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    switch("all"),
    switch("local"),
    switch("overwrite"),
    value("containers").short('c'),
    value("env").short('e'),
    value("selector").short('l'),
    value("filename").short('f'),
    value("output").short('o'),
    optional("dry-run", "unchanged"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "set", words, FLAGS)?;
    let Some((what, rest)) = line.arguments.positional.split_first() else {
        return Ok(Output::printed("Configure application resources.\n"));
    };
    let is_change = |word: &&String| word.contains('=') || (what == "env" && word.ends_with('-'));
    let (changes, resources): (Vec<&String>, Vec<&String>) = rest.iter().partition(is_change);
    let resources: Vec<String> = resources.into_iter().cloned().collect();
    let targets = Targets::parse(&resources)?;
    if !targets.are_named() {
        return Err(Failure::local(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let mut report = Report::new();
    for (kind, name) in &targets.items {
        let Some(name) = name else { continue };
        let stored = match find(&shell.cluster.snapshot(), *kind, &line.namespace, name) {
            Ok(stored) => stored,
            Err(failure) => {
                report.fail(failure);
                continue;
            }
        };
        let mut object = Object::clone(&stored);
        let said = match what.as_str() {
            "image" => {
                let spec = pod_spec(&mut object)?;
                for change in &changes {
                    let (container, image) = change.split_once('=').unwrap_or((change, ""));
                    set_image(spec, container, image)?;
                }
                "image updated"
            }
            "env" => {
                let spec = pod_spec(&mut object)?;
                for container in &mut spec.containers {
                    for change in &changes {
                        set_variable(container, change);
                    }
                }
                "env updated"
            }
            "selector" => {
                let Object::Service(service) = &mut object else {
                    return Err(Failure::local(
                        "setting a selector is only supported for Services",
                    ));
                };
                let pairs = changes.iter().flat_map(|change| change.split(','));
                let selector = pairs.filter_map(|pair| pair.split_once('='));
                service.spec.get_or_insert_default().selector =
                    Some(selector.map(|(key, value)| (key.into(), value.into())).collect());
                "selector updated"
            }
            other => {
                return Err(Failure::local(format!(
                    "unknown command {other:?} for \"kubectl set\""
                )));
            }
        };
        if object == *stored {
            continue;
        }
        let reference = object.reference();
        match shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run))) {
            Ok(written) => {
                report.warnings(&written.warnings);
                report.line(changed(&reference, said, line.dry_run));
            }
            Err(refusal) => report.fail(refusal),
        }
    }
    Ok(report.finish())
}

/// The spec of the Pods that an object makes or is.
pub(crate) fn pod_spec(object: &mut Object) -> Result<&mut PodSpec, Failure> {
    let template = match object {
        Object::Pod(pod) => return Ok(pod.spec.get_or_insert_default()),
        Object::Deployment(deployment) => &mut deployment.spec.get_or_insert_default().template,
        Object::DaemonSet(set) => &mut set.spec.get_or_insert_default().template,
        Object::StatefulSet(set) => &mut set.spec.get_or_insert_default().template,
        Object::Job(job) => &mut job.spec.get_or_insert_default().template,
        Object::ReplicaSet(set) => {
            set.spec.get_or_insert_default().template.get_or_insert_default()
        }
        other => {
            return Err(Failure::local(format!(
                "the object is not a pod or does not have a pod template: {}",
                other.kind()
            )));
        }
    };
    Ok(template.spec.get_or_insert_default())
}

fn set_image(spec: &mut PodSpec, name: &str, image: &str) -> Result<(), Failure> {
    let init = spec.init_containers.iter_mut().flatten();
    let mut found = false;
    for container in spec.containers.iter_mut().chain(init) {
        if container.name == name || name == "*" {
            container.image = Some(image.to_owned());
            found = true;
        }
    }
    if found {
        Ok(())
    } else {
        Err(Failure::local(format!("unable to find container named {name:?}")))
    }
}

fn set_variable(container: &mut Container, change: &str) {
    let variables = container.env.get_or_insert_default();
    match change.split_once('=') {
        Some((name, value)) => match variables.iter_mut().find(|variable| variable.name == name) {
            Some(variable) => variable.value = Some(value.to_owned()),
            None => variables.push(EnvVar {
                name: name.to_owned(),
                value: Some(value.to_owned()),
                ..EnvVar::default()
            }),
        },
        None => variables.retain(|variable| variable.name != change.trim_end_matches('-')),
    }
}
