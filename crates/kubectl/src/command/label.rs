//! `kubectl label` and `kubectl annotate`.

use std::collections::BTreeMap;

use manifest::Object;

use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output, Report, changed};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    switch("overwrite"),
    switch("all"),
    switch("all-namespaces").short('A'),
    switch("list"),
    value("selector").short('l'),
    value("field-selector"),
    value("resource-version"),
    value("output").short('o'),
    optional("dry-run", "unchanged"),
];

/// Which of the two maps is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// `metadata.labels`.
    Labels,
    /// `metadata.annotations`.
    Annotations,
}

pub(super) fn run(shell: &mut Shell, words: &[String], which: Which) -> Result<Output, Failure> {
    let (command, done, undone) = match which {
        Which::Labels => ("label", "labeled", "unlabeled"),
        Which::Annotations => ("annotate", "annotated", "annotated"),
    };
    let line = Line::parse(shell, command, words, FLAGS)?;
    let is_change = |word: &&String| word.contains('=') || word.ends_with('-');
    let (changes, resources): (Vec<_>, Vec<_>) =
        line.arguments.positional.iter().partition(|word| is_change(word));
    let resources: Vec<String> = resources.into_iter().cloned().collect();
    if resources.is_empty() {
        return Err(Failure::local(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    // A word that is neither a change nor a name leaves nothing to do.
    if changes.is_empty() {
        return Err(Failure::local(match which {
            Which::Labels => "at least one label update is required",
            Which::Annotations => "at least one annotation update is required",
        }));
    }
    let targets = Targets::parse(&resources)?;
    if !targets.are_named()
        && !line.arguments.is_set("all")
        && line.arguments.value("selector").is_none()
    {
        return Err(Failure::local("resource(s) were provided, but no name was specified"));
    }
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
                let scope = Scope::new(
                    Some(line.namespace.clone()),
                    line.arguments.value("selector"),
                    line.arguments.value("field-selector"),
                    *kind,
                )?;
                objects.extend(scope.objects(&snapshot, *kind));
            }
        }
    }
    for object in objects {
        let mut object = Object::clone(&object);
        let metadata = object.metadata_mut();
        let map = match which {
            Which::Labels => metadata.labels.get_or_insert_default(),
            Which::Annotations => metadata.annotations.get_or_insert_default(),
        };
        let before = map.clone();
        if !line.arguments.is_set("overwrite")
            && let Some(failure) = declared(map, &changes, which)
        {
            report.fail(failure);
            continue;
        }
        let mut removed = false;
        for change in &changes {
            match change.split_once('=') {
                Some((key, value)) => {
                    map.insert(key.to_owned(), value.to_owned());
                }
                None => {
                    let key = change.trim_end_matches('-');
                    if map.remove(key).is_none() && which == Which::Labels {
                        report.line(format!("label {key:?} not found."));
                    }
                    removed = true;
                }
            }
        }
        let unchanged = before == *map;
        let said = match (unchanged, removed) {
            (true, _) if which == Which::Labels => format!("not {done}"),
            (_, true) => undone.to_owned(),
            _ => done.to_owned(),
        };
        let reference = object.reference();
        if unchanged {
            report.line(changed(&reference, &said, line.dry_run));
            continue;
        }
        match shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run))) {
            Ok(_) => report.line(changed(&reference, &said, line.dry_run)),
            Err(refusal) => report.fail(refusal),
        }
    }
    Ok(report.finish())
}

/// A value that is already there and must not be overwritten.
fn declared(map: &BTreeMap<String, String>, changes: &[&String], which: Which) -> Option<Failure> {
    let mut found = changes.iter().filter_map(|change| {
        let (key, value) = change.split_once('=')?;
        let old = map.get(key).filter(|old| *old != value)?;
        Some(format!("'{key}' already has a value ({old})"))
    });
    let first = found.next()?;
    Some(Failure::local(match which {
        Which::Labels => format!("{first}, and --overwrite is false"),
        Which::Annotations => {
            let all: Vec<String> = std::iter::once(first).chain(found).collect();
            format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                all.join("; ")
            )
        }
    }))
}
