//! `kubectl` and its commands: one file for each, all of one shape: `FLAGS` and `run`.

use apiserver::WriteOptions;
use cluster::Cluster;

use crate::arguments::Arguments;
use crate::report::{DryRun, Failure, Output, Report};
use crate::shell::Shell;

mod apply;
mod config;
mod cordon;
mod create;
pub(crate) mod debug;
mod delete;
mod describe;
mod diff;
mod drain;
pub(crate) mod edit;
pub(crate) mod exec;
mod explain;
mod expose;
pub(crate) mod files;
mod generators;
mod get;
mod information;
mod label;
mod logs;
mod merge;
mod patch;
mod rollout;
mod run;
mod scale;
mod set;
mod wait;

/// The commands, in the order in which `kubectl` knows them: suggestions come in this order.
pub(crate) const NAMES: &[&str] = &[
    "create",
    "expose",
    "run",
    "set",
    "explain",
    "get",
    "edit",
    "delete",
    "rollout",
    "scale",
    "autoscale",
    "certificate",
    "cluster-info",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "describe",
    "logs",
    "attach",
    "exec",
    "port-forward",
    "proxy",
    "cp",
    "auth",
    "debug",
    "events",
    "diff",
    "apply",
    "patch",
    "replace",
    "wait",
    "kustomize",
    "label",
    "annotate",
    "completion",
    "config",
    "plugin",
    "version",
    "api-versions",
    "api-resources",
    "options",
];

/// The flags of a command, beside those that every command knows.
pub(crate) fn flags(name: &str) -> &'static [crate::arguments::Flag] {
    match name {
        "get" => get::FLAGS,
        "describe" => describe::FLAGS,
        "apply" | "replace" => apply::FLAGS,
        "create" => create::FLAGS,
        "delete" => delete::FLAGS,
        "run" => run::FLAGS,
        "expose" => expose::FLAGS,
        "scale" => scale::FLAGS,
        "label" | "annotate" => label::FLAGS,
        "patch" => patch::FLAGS,
        "rollout" => rollout::FLAGS,
        "set" => set::FLAGS,
        "exec" => exec::FLAGS,
        "logs" => logs::FLAGS,
        "wait" => wait::FLAGS,
        "cordon" | "uncordon" | "taint" => cordon::FLAGS,
        "drain" => drain::FLAGS,
        "config" => config::FLAGS,
        "edit" => edit::FLAGS,
        "diff" => diff::FLAGS,
        "debug" => debug::FLAGS,
        _ => &[],
    }
}

/// Runs `kubectl` with these words.
pub(crate) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Output {
    // Flags may stand before the command: `kubectl -n demo get pods`.
    let at = position(words);
    let Some(name) = words.get(at) else {
        return Output::printed(information::USAGE);
    };
    let mut arguments: Vec<String> = words[..at].to_vec();
    arguments.extend_from_slice(&words[at + 1..]);
    let result = match name.as_str() {
        "get" => get::run(shell, &arguments),
        "describe" => describe::run(shell, &arguments),
        "apply" => apply::run(shell, &arguments, stdin),
        "create" => create::run(shell, &arguments, stdin),
        "replace" => apply::replace(shell, &arguments, stdin),
        "delete" => delete::run(shell, &arguments, stdin),
        "run" => run::run(shell, &arguments),
        "expose" => expose::run(shell, &arguments),
        "scale" => scale::run(shell, &arguments),
        "label" => label::run(shell, &arguments, label::Which::Labels),
        "annotate" => label::run(shell, &arguments, label::Which::Annotations),
        "patch" => patch::run(shell, &arguments),
        "rollout" => rollout::run(shell, &arguments),
        "set" => set::run(shell, &arguments),
        "exec" => exec::run(shell, &arguments),
        "logs" => logs::run(shell, &arguments),
        "explain" => explain::run(shell, &arguments),
        "wait" => wait::run(shell, &arguments),
        "events" => get::events(shell, &arguments),
        "cordon" | "uncordon" => cordon::run(shell, name, &arguments),
        "taint" => cordon::taint(shell, &arguments),
        "drain" => drain::run(shell, &arguments),
        "config" => config::run(shell, &arguments),
        "api-resources" => information::api_resources(&arguments),
        "api-versions" => information::api_versions(),
        "version" => information::version(),
        "cluster-info" => information::cluster_info(shell),
        "top" => Err(Failure::local("Metrics API not available")),
        "auth" => information::auth(&arguments),
        "help" | "--help" | "-h" => Ok(Output::printed(information::USAGE)),
        "edit" => edit::run(shell, &arguments),
        "diff" => diff::run(shell, &arguments, stdin),
        "debug" => debug::run(shell, &arguments),
        known if NAMES.contains(&known) => {
            Err(Failure::local(format!("{known:?} is not simulated by Podhop")))
        }
        unknown => return unknown_command(unknown),
    };
    result.unwrap_or_else(|failure| failed(&failure))
}

/// The words of a command taken apart, and what every command needs.
pub(crate) struct Line {
    pub arguments: Arguments,
    /// The namespace it works in.
    pub namespace: String,
    /// `-n` as given.
    pub given_namespace: Option<String>,
    pub dry_run: DryRun,
}

impl Line {
    fn parse(
        shell: &Shell,
        command: &str,
        words: &[String],
        flags: &[crate::arguments::Flag],
    ) -> Result<Self, Failure> {
        let arguments = Arguments::parse(&format!("kubectl {command}"), words, flags)?;
        let given_namespace = arguments.value("namespace").map(str::to_owned);
        let namespace = given_namespace.clone().unwrap_or_else(|| shell.namespace.clone());
        let dry_run = match arguments.value("dry-run") {
            None | Some("none") => DryRun::None,
            Some("client" | "unchanged") => DryRun::Client,
            Some("server") => DryRun::Server,
            Some(other) => {
                return Err(Failure::local(format!(
                    "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
                )));
            }
        };
        Ok(Self { arguments, namespace, given_namespace, dry_run })
    }
}

/// How to write, given what kind of dry run it is.
fn options(options: &WriteOptions, dry_run: DryRun) -> WriteOptions {
    WriteOptions { dry_run: dry_run == DryRun::Server, ..options.clone() }
}

/// Seconds of Unix time, for ages.
pub(crate) fn unix_now(cluster: &Cluster) -> i64 {
    i64::try_from(cluster.now().unix_seconds()).unwrap_or(i64::MAX)
}

fn failed(failure: &Failure) -> Output {
    let mut report = Report::new();
    report.fail(failure.clone());
    report.finish()
}

/// Where the command stands among flags with values.
fn position(words: &[String]) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "-n" | "--namespace" | "--context" | "--kubeconfig" | "-s" | "--server" => at += 2,
            flag if flag.starts_with('-') && flag != "--help" && flag != "-h" => at += 1,
            _ => break,
        }
    }
    at
}

fn unknown_command(name: &str) -> Output {
    let mut text = format!("error: unknown command {name:?} for \"kubectl\"\n");
    let suggested: Vec<&&str> = NAMES
        .iter()
        .filter(|known| distance(name, known) <= 2 || known.starts_with(&name.to_lowercase()))
        .collect();
    if !suggested.is_empty() {
        text.push_str("\nDid you mean this?\n");
        for known in suggested {
            text.push_str(&format!("\t{known}\n"));
        }
    }
    Output::failed(text, 1)
}

/// Levenshtein's distance, as cobra suggests by.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, two) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(one != *two);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
