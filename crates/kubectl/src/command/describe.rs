//! `kubectl describe`.

use std::sync::Arc;

use manifest::{Kind, Object};

use super::get::ENDPOINTS_DEPRECATED;
use super::{Line, unix_now};
use crate::arguments::{Flag, switch, value};
use crate::describe::{self, Subject};
use crate::report::{Failure, Output, Report};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    switch("all-namespaces").short('A'),
    switch("show-events"),
    value("selector").short('l'),
    value("filename").short('f'),
    value("chunk-size"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "describe", words, FLAGS)?;
    if line.arguments.positional.is_empty() {
        return Err(Failure::local(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let targets = Targets::parse(&line.arguments.positional)?;
    let snapshot = shell.cluster.snapshot();
    let everywhere = line.arguments.is_set("all-namespaces");
    let mut report = Report::new();
    let mut objects: Vec<Arc<Object>> = Vec::new();
    for (kind, name) in &targets.items {
        if *kind == Kind::Endpoints {
            report.warnings(&[ENDPOINTS_DEPRECATED]);
        }
        let scope = Scope::new(
            (!everywhere).then(|| line.namespace.clone()),
            line.arguments.value("selector"),
            None,
            *kind,
        )?;
        match name {
            Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                Ok(object) => objects.push(object),
                Err(failure) => {
                    // A name that is no object's may begin those of several.
                    let all = scope.objects(&snapshot, *kind);
                    let begun: Vec<_> =
                        all.into_iter().filter(|object| object.name().starts_with(name)).collect();
                    if begun.is_empty() {
                        report.fail(failure);
                    }
                    objects.extend(begun);
                }
            },
            None => objects.extend(scope.objects(&snapshot, *kind)),
        }
    }
    let now = unix_now(&shell.cluster);
    let texts: Vec<String> = objects
        .iter()
        .map(|object| describe::describe(&Subject { object, snapshot: &snapshot, now }))
        .collect();
    report.print(&texts.join("\n\n"));
    if objects.is_empty() && !report.has_failed() {
        report.notice(if everywhere {
            "No resources found".into()
        } else {
            format!("No resources found in {} namespace.", line.namespace)
        });
    }
    Ok(report.finish())
}
