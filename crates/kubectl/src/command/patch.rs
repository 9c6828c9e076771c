//! `kubectl patch`.

use apiserver::{Effect, Reason, Refusal};
use manifest::decode_json;
use serde_json::Value;

use super::{Line, merge, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output, Report, changed};
use crate::resource_arguments::{Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("patch").short('p'),
    value("patch-file"),
    value("type"),
    value("filename").short('f'),
    value("output").short('o'),
    value("subresource"),
    switch("local"),
    optional("dry-run", "unchanged"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "patch", words, FLAGS)?;
    let targets = Targets::parse(&line.arguments.positional)?;
    let Some(text) = line.arguments.value("patch") else {
        return Err(Failure::local(
            "must specify --patch or --patch-file containing the contents of the patch",
        ));
    };
    if !targets.are_named() {
        return Err(Failure::local(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let bad = |message: String| Failure::from(Refusal::new(Reason::BadRequest, message));
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
        let patch = read(text).map_err(bad)?;
        let mut json = stored.to_json();
        match line.arguments.value("type").unwrap_or("strategic") {
            "json" => merge::operations(&mut json, &patch)
                .map_err(|problem| Failure::from(Refusal::new(Reason::Invalid, problem)))?,
            "merge" => merge::merge(&mut json, &patch),
            "strategic" => merge::strategic(&mut json, &patch),
            other => {
                return Err(Failure::local(format!(
                    "--type must be one of [json merge strategic], not {other:?}"
                )));
            }
        }
        let new_name = json["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if new_name != *name {
            report.fail(bad(format!(
                "the name of the object ({new_name}) does not match the name on the URL ({name})"
            )));
            continue;
        }
        let version = json["apiVersion"].as_str().unwrap_or_default().to_owned();
        let object = match decode_json(*kind, &version, &json) {
            Ok(object) => object,
            Err(error) => {
                report.fail(bad(error.problem()));
                continue;
            }
        };
        let reference = object.reference();
        match shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run))) {
            Ok(written) => {
                report.warnings(&written.warnings);
                let said = match written.effect {
                    Effect::Unchanged => "patched (no change)",
                    Effect::Created | Effect::Configured => "patched",
                };
                report.line(changed(&reference, said, line.dry_run));
            }
            Err(refusal) => report.fail(refusal),
        }
    }
    Ok(report.finish())
}

/// A patch in JSON, or else in YAML.
fn read(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(json) => Ok(json),
        Err(_) if !text.trim_start().starts_with(['{', '[']) => {
            let whole = manifest::Span { start: 0, end: text.len() };
            let read = manifest::yaml::load(text, whole).map_err(|error| error.to_string())?;
            Ok(read.root.map(|root| root.to_json()).unwrap_or_default())
        }
        Err(_) => {
            // Go names the character that cannot begin a key.
            let after = text.trim_start().get(1..).unwrap_or_default().trim_start();
            Err(match after.chars().next() {
                Some(character) if text.trim_start().starts_with('{') && character != '"' => {
                    format!(
                        "invalid character {character:?} looking for beginning of object key string"
                    )
                }
                _ => "unexpected end of JSON input".into(),
            })
        }
    }
}
