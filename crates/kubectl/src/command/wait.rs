//! `kubectl wait`: the cluster has settled already, so it only looks.

use super::Line;
use crate::arguments::{Flag, switch, value};
use crate::output::json_path::Template;
use crate::report::{Failure, Output, Report, resource_name};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("for"),
    value("timeout"),
    value("selector").short('l'),
    value("field-selector"),
    value("filename").short('f'),
    value("output").short('o'),
    switch("all"),
    switch("all-namespaces").short('A'),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "wait", words, FLAGS)?;
    let wanted = line.arguments.value("for").unwrap_or_default().to_owned();
    let (what, value) = wanted.split_once('=').unwrap_or((&wanted, ""));
    if !matches!(what, "condition" | "jsonpath" | "delete" | "create") {
        return Err(Failure::local(format!("unrecognized condition: [{wanted}]")));
    }
    let targets = Targets::parse(&line.arguments.positional)?;
    let snapshot = shell.cluster.snapshot();
    let mut report = Report::new();
    for (kind, name) in &targets.items {
        let found = match name {
            Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                Ok(object) => vec![object],
                Err(_) if what == "delete" => continue,
                Err(failure) => {
                    report.fail(failure);
                    continue;
                }
            },
            None => {
                let labels = line.arguments.value("selector");
                Scope::new(Some(line.namespace.clone()), labels, None, *kind)?
                    .objects(&snapshot, *kind)
            }
        };
        if found.is_empty() {
            report.fail(Failure::local("no matching resources found"));
        }
        for object in found {
            let json = object.to_json();
            let met = match what {
                "create" => true,
                "condition" => {
                    let (type_, status) = value.split_once('=').unwrap_or((value, "true"));
                    json.pointer("/status/conditions")
                        .and_then(|conditions| conditions.as_array())
                        .into_iter()
                        .flatten()
                        .any(|condition| {
                            let text = |field: &str| condition[field].as_str().unwrap_or_default();
                            text("type").eq_ignore_ascii_case(type_)
                                && text("status").eq_ignore_ascii_case(status)
                        })
                }
                "jsonpath" => {
                    let (path, text) = value.rsplit_once('=').unwrap_or((value, ""));
                    let template = Template::parse_relaxed(path).map_err(Failure::local)?;
                    let printed = template.print(&json);
                    if text.is_empty() { !printed.is_empty() } else { printed == text }
                }
                _ => false,
            };
            if met {
                report.line(format!("{} condition met", resource_name(*kind, object.name())));
            } else {
                report.fail(Failure::local(format!(
                    "timed out waiting for the condition on {}/{}",
                    kind.resource().plural,
                    object.name()
                )));
            }
        }
    }
    Ok(report.finish())
}
