//! `kubectl scale`.

use apiserver::{Reason, Refusal};
use manifest::Object;

use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output, Report, changed};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("replicas"),
    value("current-replicas"),
    value("resource-version"),
    value("selector").short('l'),
    value("output").short('o'),
    value("timeout"),
    switch("all"),
    optional("dry-run", "unchanged"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "scale", words, FLAGS)?;
    let Some(replicas) = line.arguments.number("replicas")? else {
        return Err(Failure::local("required flag(s) \"replicas\" not set"));
    };
    if replicas < 0 {
        return Err(Failure::local(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let replicas = i32::try_from(replicas)
        .map_err(|_| Failure::local("strconv.ParseInt: value out of range"))?;
    let targets = Targets::parse(&line.arguments.positional)?;
    let snapshot = shell.cluster.snapshot();
    let mut report = Report::new();
    let mut objects = Vec::new();
    for (kind, name) in &targets.items {
        match name {
            Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                Ok(object) => objects.push(object),
                Err(failure) => report.fail(failure),
            },
            None => {
                let labels = line.arguments.value("selector");
                let scope = Scope::new(Some(line.namespace.clone()), labels, None, *kind)?;
                objects.extend(scope.objects(&snapshot, *kind));
            }
        }
    }
    for object in objects {
        let mut object = Object::clone(&object);
        let Some(field) = replicas_of(&mut object) else {
            report.fail(Refusal::new(
                Reason::NotFound,
                "the server could not find the requested resource",
            ));
            continue;
        };
        if let Some(expected) = line.arguments.number("current-replicas")?
            && expected != i64::from(field.unwrap_or(1))
        {
            let was = field.unwrap_or(1);
            report.fail(Failure::local(format!("Expected replicas to be {expected}, was {was}")));
            continue;
        }
        *field = Some(replicas);
        let reference = object.reference();
        match shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run))) {
            Ok(_) => report.line(changed(&reference, "scaled", line.dry_run)),
            Err(refusal) => report.fail(refusal),
        }
    }
    Ok(report.finish())
}

fn replicas_of(object: &mut Object) -> Option<&mut Option<i32>> {
    match object {
        Object::Deployment(deployment) => {
            Some(&mut deployment.spec.get_or_insert_default().replicas)
        }
        Object::ReplicaSet(set) => Some(&mut set.spec.get_or_insert_default().replicas),
        Object::StatefulSet(set) => Some(&mut set.spec.get_or_insert_default().replicas),
        _ => None,
    }
}
