//! `kubectl get`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/get`.

use std::sync::Arc;

use manifest::{Kind, Object};

use super::{Line, unix_now};
use crate::arguments::{Flag, optional, switch, value};
use crate::output::{self, Format, json_path::Template};
use crate::print::{self, View};
use crate::report::{Failure, Output, Report, resource_name};
use crate::resource_arguments::{Scope, Targets, find};
use crate::shell::{Shell, Watch};
use crate::tabwriter;

pub(super) const FLAGS: &[Flag] = &[
    value("output").short('o'),
    switch("all-namespaces").short('A'),
    value("selector").short('l'),
    value("field-selector"),
    value("label-columns").short('L'),
    switch("show-labels"),
    switch("show-kind"),
    switch("no-headers"),
    switch("ignore-not-found"),
    switch("show-managed-fields"),
    switch("watch").short('w'),
    switch("watch-only"),
    switch("output-watch-events"),
    switch("server-print"),
    value("sort-by"),
    value("chunk-size"),
    value("filename").short('f'),
    optional("recursive", "true"),
    value("subresource"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "get", words, FLAGS)?;
    let arguments = &line.arguments;
    if arguments.positional.is_empty() {
        return Ok(Output::failed(NOTHING_GIVEN, 1));
    }
    let format = Format::parse(arguments.value("output"))?;
    let targets = Targets::parse(&arguments.positional)?;
    let everywhere = arguments.is_set("all-namespaces");
    if targets.are_named() {
        if arguments.value("selector").is_some() {
            return Err(Failure::local("name cannot be provided when a selector is specified"));
        }
        if everywhere {
            return Err(Failure::local(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
    }
    let snapshot = shell.cluster.snapshot();
    let mut report = Report::new();
    let mut found: Vec<Arc<Object>> = Vec::new();
    let mut warned = false;
    for (kind, name) in &targets.items {
        if *kind == Kind::Endpoints && !warned {
            report.warnings(&[ENDPOINTS_DEPRECATED]);
            warned = true;
        }
        match name {
            Some(name) => match find(&snapshot, *kind, &line.namespace, name) {
                Ok(object) => found.push(object),
                Err(_) if arguments.is_set("ignore-not-found") => {}
                Err(failure) => report.fail(failure),
            },
            None => {
                let namespace = (!everywhere).then(|| line.namespace.clone());
                let scope = Scope::new(
                    namespace,
                    arguments.value("selector"),
                    arguments.value("field-selector"),
                    *kind,
                )?;
                found.extend(scope.objects(&snapshot, *kind));
            }
        }
    }
    if let Some(path) = arguments.value("sort-by") {
        sort(&mut found, path)?;
    }
    let version = |object: &Object| object.metadata().resource_version.clone();
    if let Some(seen) = &mut shell.seen {
        found.retain(|object| {
            let now = version(object);
            seen.insert(object.reference(), now.clone()) != Some(now)
        });
        if found.is_empty() {
            return Ok(Output::default());
        }
    } else if arguments.is_set("watch") || arguments.is_set("watch-only") {
        let watched = |word: &&String| !matches!(word.as_str(), "-w" | "--watch" | "--watch-only");
        let mut again: Vec<String> = words.iter().filter(watched).cloned().collect();
        again.insert(0, "get".into());
        again.extend(["--no-headers".into(), "--ignore-not-found".into()]);
        let seen = found.iter().map(|object| (object.reference(), version(object)));
        shell.watch = Some(Watch { words: again, seen: seen.collect() });
        report.notice("# watching: what changes from now on is shown below; Ctrl-C ends it");
    }
    let one = matches!(targets.items.as_slice(), [(_, Some(_))]);
    match &format {
        Format::Table { wide } => {
            let table = Table {
                view: View { now: unix_now(&shell.cluster), wide: *wide },
                namespaces: everywhere,
                kinds: targets.several_kinds || arguments.is_set("show-kind"),
                labels: arguments.is_set("show-labels"),
                label_columns: arguments.values("label-columns").map(str::to_owned).collect(),
                headings: !arguments.is_set("no-headers"),
            };
            report.print(&table.print(&found));
            if found.is_empty() && !report.has_failed() && !arguments.is_set("ignore-not-found") {
                let namespaced = targets.items.iter().all(|(kind, _)| kind.resource().namespaced);
                report.notice(if namespaced && !everywhere {
                    format!("No resources found in {} namespace.", line.namespace)
                } else {
                    "No resources found".into()
                });
            }
        }
        Format::Name => {
            for object in &found {
                report.line(resource_name(object.kind(), object.name()));
            }
        }
        Format::CustomColumns(columns) => {
            let objects: Vec<_> = found.iter().map(|object| shown(object)).collect();
            let headings = !arguments.is_set("no-headers");
            report.print(&output::custom_columns::print(columns, &objects, headings));
        }
        Format::Yaml | Format::Json | Format::JsonPath(_) if one && found.is_empty() => {}
        Format::Yaml | Format::Json | Format::JsonPath(_) => {
            let mut objects: Vec<_> = found.iter().map(|object| shown(object)).collect();
            let whole = match objects.pop() {
                Some(object) if one => object,
                last => {
                    objects.extend(last);
                    output::list(objects)
                }
            };
            report.print(&match &format {
                Format::Yaml => output::yaml::print(&whole),
                Format::JsonPath(template) => template.print(&whole),
                _ => output::json::print(&whole),
            });
        }
    }
    Ok(report.finish())
}

/// `kubectl events`: the namespace's events, the oldest first.
pub(super) fn events(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    const FLAGS: &[Flag] = &[
        switch("all-namespaces").short('A'),
        value("for"),
        value("types"),
        switch("watch").short('w'),
    ];
    let line = Line::parse(shell, "events", words, FLAGS)?;
    let mut again = vec!["events".to_owned(), "--sort-by=.lastTimestamp".into()];
    if line.arguments.is_set("all-namespaces") {
        again.push("-A".into());
    } else {
        again.push(format!("--namespace={}", line.namespace));
    }
    if let Some((kind, name)) = line.arguments.value("for").and_then(|given| given.split_once('/'))
    {
        let kind = crate::resource_arguments::kind(kind)?;
        again.push(format!(
            "--field-selector=involvedObject.kind={kind},involvedObject.name={name}"
        ));
    }
    run(shell, &again)
}

/// An object as `-o yaml` shows it: without `managedFields`.
pub(crate) fn shown(object: &Object) -> serde_json::Value {
    let mut json = object.to_json();
    if let Some(metadata) = json.get_mut("metadata").and_then(|metadata| metadata.as_object_mut()) {
        metadata.remove("managedFields");
    }
    json
}

fn sort(objects: &mut [Arc<Object>], path: &str) -> Result<(), Failure> {
    let template = Template::parse_relaxed(path).map_err(Failure::local)?;
    objects.sort_by_cached_key(|object| {
        let json = object.to_json();
        let found = template.find(&json);
        let value = found.first();
        let number = value.and_then(|value| value.as_i64());
        (number, value.map(|value| output::json_path::text(value)).unwrap_or_default())
    });
    Ok(())
}

/// How the tables are printed.
struct Table {
    view: View,
    namespaces: bool,
    kinds: bool,
    labels: bool,
    label_columns: Vec<String>,
    headings: bool,
}

impl Table {
    /// A table for each run of objects of one kind, an empty line between.
    fn print(&self, objects: &[Arc<Object>]) -> String {
        let groups = objects.chunk_by(|one, two| one.kind() == two.kind());
        let tables: Vec<String> = groups.map(|group| self.group(group)).collect();
        tables.join("\n")
    }

    fn group(&self, objects: &[Arc<Object>]) -> String {
        let kind = objects[0].kind();
        let mut lines = String::new();
        if self.headings {
            let shown = print::columns(kind).iter().filter(|column| self.view.wide || !column.wide);
            let mut headings: Vec<String> = shown.map(|column| column.name.to_owned()).collect();
            if self.namespaces && kind.resource().namespaced {
                headings.insert(0, "NAMESPACE".into());
            }
            headings.extend(
                self.label_columns
                    .iter()
                    .map(|key| key.rsplit('/').next().unwrap_or_default().to_uppercase()),
            );
            if self.labels {
                headings.push("LABELS".into());
            }
            lines.push_str(&headings.join("\t"));
            lines.push('\n');
        }
        for object in objects {
            let mut cells = print::row(object, &self.view);
            if self.kinds
                && let Some(name) = cells.first_mut()
            {
                // Events begin with a time, other kinds with their name.
                if kind != Kind::Event {
                    *name = resource_name(kind, name);
                }
            }
            if self.namespaces && kind.resource().namespaced {
                cells.insert(0, object.namespace().to_owned());
            }
            cells.extend(
                self.label_columns
                    .iter()
                    .map(|key| object.label(key).unwrap_or_default().to_owned()),
            );
            if self.labels {
                cells.push(crate::labels::format(object.metadata().labels.as_ref()));
            }
            lines.push_str(&cells.join("\t"));
            lines.push('\n');
        }
        tabwriter::table(&lines)
    }
}

/// What the API server says with every answer that holds Endpoints.
pub(crate) const ENDPOINTS_DEPRECATED: &str =
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

const NOTHING_GIVEN: &str = "You must specify the type of resource to get. Use \"kubectl \
api-resources\" for a complete list of supported resources.\n\n\
error: Required resource not specified.\n\
Use \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl \
explain pods).\n\
See 'kubectl get -h' for help and examples\n";
