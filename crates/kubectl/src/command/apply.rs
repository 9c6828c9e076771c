//! `kubectl apply` and `kubectl replace`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/apply` with client-side apply.

use apiserver::Effect;

use super::files::{self, Sent};
use super::get::shown;
use super::{Line, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::output::{self, Format};
use crate::report::{DryRun, Failure, Output, Report, changed, effect};
use crate::resource_arguments::find;
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("filename").short('f'),
    value("kustomize").short('k'),
    value("output").short('o'),
    value("selector").short('l'),
    optional("dry-run", "unchanged"),
    optional("validate", "strict"),
    switch("recursive").short('R'),
    switch("server-side"),
    switch("force"),
    switch("force-conflicts"),
    switch("overwrite"),
    switch("prune"),
    switch("wait"),
    switch("all"),
    switch("save-config"),
    value("field-manager"),
    value("grace-period"),
    value("timeout"),
    value("cascade"),
];

pub(super) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Result<Output, Failure> {
    let line = Line::parse(shell, "apply", words, FLAGS)?;
    if line.arguments.value("filename").is_none() {
        return Err(Failure::local("must specify one of -f and -k"));
    }
    let format = Format::parse(line.arguments.value("output"))?;
    let sent = files::read(shell, &line.arguments, stdin, &line.namespace)?;
    if sent.is_empty() {
        return Err(Failure::local("no objects passed to apply"));
    }
    let mut report = Report::new();
    shell.cluster.begin_apply();
    for item in &sent {
        let Some(object) = &item.object else {
            report.fail(item.failure());
            continue;
        };
        if let Err(failure) = check_name(item, &line) {
            report.fail(failure);
            continue;
        }
        // Nothing is sent in a client's dry run, but the outcome is judged by what is there.
        let dry_run = if line.dry_run == DryRun::None { DryRun::None } else { DryRun::Server };
        let file = item.source.trim_start_matches("./");
        let is_edit = shell.cluster.is_edit(file, &object.reference());
        let sent = (object.clone(), item.last_applied());
        let written = shell.cluster.apply_object(file, sent, |write| options(write, dry_run));
        match written {
            Ok(written) => {
                report.warnings(&written.warnings);
                let what = match (line.dry_run, written.effect) {
                    (DryRun::Client, Effect::Unchanged) => "unchanged",
                    (_, Effect::Configured) if is_edit => "edited",
                    (_, what) => effect(what),
                };
                match format {
                    Format::Table { .. } => {
                        report.line(changed(&written.object.reference(), what, line.dry_run));
                    }
                    _ => print(&mut report, &format, &answered(item, &written.object)),
                }
            }
            Err(refusal) => report.fail(refused(shell, item, refusal)),
        }
    }
    Ok(report.finish())
}

pub(super) fn replace(shell: &mut Shell, words: &[String], stdin: &str) -> Result<Output, Failure> {
    let line = Line::parse(shell, "replace", words, FLAGS)?;
    if line.arguments.value("filename").is_none() {
        return Err(Failure::local("must specify -f or -k"));
    }
    let sent = files::read(shell, &line.arguments, stdin, &line.namespace)?;
    if sent.is_empty() {
        return Err(Failure::local("no objects passed to replace"));
    }
    let mut report = Report::new();
    for item in &sent {
        let Some(object) = item.object.clone() else {
            report.fail(item.failure());
            continue;
        };
        match shell.cluster.write(|api, write| api.update(object, &options(write, line.dry_run))) {
            Ok(written) => {
                report.warnings(&written.warnings);
                report.line(changed(&written.object.reference(), "replaced", line.dry_run));
            }
            Err(refusal) => report.fail(Failure::from(refusal).when("replacing", &item.source)),
        }
    }
    Ok(report.finish())
}

/// The object as the server answers it: in the version that the manifest is written in.
fn answered(item: &Sent, object: &manifest::Object) -> serde_json::Value {
    let mut json = shown(object);
    json["apiVersion"] = item.document.api_version.clone().into();
    json
}

/// Prints an object in a form that is no table.
pub(super) fn print(report: &mut Report, format: &Format, object: &serde_json::Value) {
    let text = match format {
        Format::Yaml => output::yaml::print(object),
        Format::Json => output::json::print(object),
        Format::JsonPath(template) => template.print(object),
        Format::CustomColumns(columns) => {
            output::custom_columns::print(columns, std::slice::from_ref(object), true)
        }
        Format::Name | Format::Table { .. } => {
            let kind = object["kind"].as_str().unwrap_or_default();
            let version = object["apiVersion"].as_str().unwrap_or_default();
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            match manifest::Kind::resolve(version, kind) {
                Some(kind) => format!("{}\n", crate::report::resource_name(kind, name)),
                None => format!("{}/{name}\n", kind.to_lowercase()),
            }
        }
    };
    report.print(&text);
}

/// What `kubectl` notices before it asks the server.
fn check_name(item: &Sent, line: &Line) -> Result<(), Failure> {
    let Some(object) = &item.object else { return Ok(()) };
    let kind = object.kind();
    if let Some(given) = &line.given_namespace
        && kind.resource().namespaced
        && object.namespace() != given
    {
        let written = object.namespace();
        return Err(Failure::local(format!(
            "the namespace from the provided object {written:?} does not match the namespace \
             {given:?}. You must pass '--namespace={written}' to perform this operation."
        )));
    }
    if !object.name().is_empty() {
        return Ok(());
    }
    let resource = kind.resource();
    if let Some(prefix) = object.metadata().generate_name.as_ref() {
        return Err(Failure::local(format!("from {prefix}: cannot use generate name with apply")));
    }
    let version = if resource.group.is_empty() { "/v1".into() } else { resource.api_version() };
    Err(Failure::local(format!(
        "error when retrieving current configuration of:\nResource: \"{version}, Resource={}\", \
         GroupVersionKind: \"{version}, Kind={kind}\"\nName: \"\", Namespace: {:?}\nfrom server \
         for: {:?}: resource name may not be empty",
        resource.plural,
        object.namespace(),
        item.source,
    )))
}

/// A refusal says whether the object was to be created or changed.
fn refused(shell: &Shell, item: &Sent, refusal: apiserver::Refusal) -> Failure {
    let Some(object) = &item.object else { return refusal.into() };
    let namespace = object.namespace().to_owned();
    let stands = find(&shell.cluster.snapshot(), object.kind(), &namespace, object.name()).is_ok();
    let doing = if stands { "patching" } else { "creating" };
    Failure::from(refusal).when(doing, &item.source)
}
