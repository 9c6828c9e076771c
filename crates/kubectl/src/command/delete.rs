//! `kubectl delete`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/delete`.

use apiserver::{DeleteOptions, Propagation};
use manifest::ObjectRef;

use super::Line;
use super::files;
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{DryRun, Failure, Output, Report, resource_name};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("filename").short('f'),
    value("kustomize").short('k'),
    value("selector").short('l'),
    value("field-selector"),
    value("output").short('o'),
    value("grace-period"),
    value("timeout"),
    optional("cascade", "background"),
    optional("dry-run", "unchanged"),
    optional("wait", "true"),
    switch("all"),
    switch("all-namespaces").short('A'),
    switch("force"),
    switch("now"),
    switch("ignore-not-found"),
    switch("recursive").short('R'),
];

pub(super) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Result<Output, Failure> {
    let line = Line::parse(shell, "delete", words, FLAGS)?;
    let arguments = &line.arguments;
    let ignore = arguments.is_set("ignore-not-found");
    let mut report = Report::new();
    let mut objects: Vec<(ObjectRef, Option<String>)> = Vec::new();
    if arguments.value("filename").is_some() {
        for item in files::read(shell, arguments, stdin, &line.namespace)? {
            match &item.object {
                Some(object) => objects.push((object.reference(), Some(item.source.clone()))),
                None => report.fail(item.failure()),
            }
        }
    } else {
        if arguments.positional.is_empty() {
            return Err(Failure::local(
                if arguments.is_set("all") || arguments.value("selector").is_some() {
                    "at least one resource must be specified to use a selector"
                } else {
                    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
                },
            ));
        }
        let targets = Targets::parse(&arguments.positional)?;
        let chosen = arguments.is_set("all")
            || arguments.value("selector").is_some()
            || arguments.value("field-selector").is_some();
        if !targets.are_named() && !chosen {
            return Err(Failure::local("resource(s) were provided, but no name was specified"));
        }
        let snapshot = shell.cluster.snapshot();
        for (kind, name) in &targets.items {
            match name {
                Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                    Ok(object) => objects.push((object.reference(), None)),
                    Err(_) if ignore => {}
                    Err(failure) => report.fail(failure),
                },
                None => {
                    let everywhere = arguments.is_set("all-namespaces");
                    let scope = Scope::new(
                        (!everywhere).then(|| line.namespace.clone()),
                        arguments.value("selector"),
                        arguments.value("field-selector"),
                        *kind,
                    )?;
                    let found = scope.objects(&snapshot, *kind);
                    objects.extend(found.iter().map(|object| (object.reference(), None)));
                }
            }
        }
        if objects.is_empty() && !report.has_failed() && !targets.are_named() {
            report.line("No resources found");
        }
    }
    let now = shell.cluster.now();
    let force = arguments.is_set("force");
    let options = DeleteOptions {
        dry_run: line.dry_run == DryRun::Server,
        grace_period_seconds: match arguments.number("grace-period")? {
            _ if arguments.is_set("now") => Some(1),
            None if force => Some(0),
            given => given.filter(|seconds| *seconds >= 0),
        },
        propagation: Some(match arguments.value("cascade") {
            Some("foreground") => Propagation::Foreground,
            Some("orphan" | "false") => Propagation::Orphan,
            _ => Propagation::Background,
        }),
        ..DeleteOptions::background(now)
    };
    if force {
        report.notice("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
    }
    for (reference, source) in objects {
        let done = if line.dry_run == DryRun::Client {
            find(&shell.cluster.snapshot(), reference.kind, &reference.namespace, &reference.name)
                .map(|_| ())
        } else {
            let answer = shell.cluster.write(|api, _| api.delete(&reference, &options));
            answer.map(|deleted| report.warnings(&deleted.warnings)).map_err(Failure::from)
        };
        match (done, source) {
            (Ok(()), _) => {
                let said = if arguments.value("output") == Some("name") {
                    resource_name(reference.kind, &reference.name)
                } else {
                    deleted(&reference, force, line.dry_run)
                };
                report.line(said);
            }
            (Err(Failure::Refused(refusal)), _)
                if ignore && refusal.reason == apiserver::Reason::NotFound => {}
            (Err(failure), Some(source)) => report.fail(failure.when("deleting", &source)),
            (Err(failure), None) => report.fail(failure),
        }
    }
    Ok(report.finish())
}

/// `pod "web" deleted from default namespace`.
fn deleted(reference: &ObjectRef, force: bool, dry_run: DryRun) -> String {
    let resource = reference.kind.resource();
    let kind = if resource.group.is_empty() {
        resource.singular.to_owned()
    } else {
        format!("{}.{}", resource.singular, resource.group)
    };
    let verb = if force { "force deleted" } else { "deleted" };
    let from = if reference.namespace.is_empty() {
        String::new()
    } else {
        format!(" from {} namespace", reference.namespace)
    };
    format!("{kind} {:?} {verb}{from}{}", reference.name, dry_run.suffix())
}
