//! From the command line to a cluster with its files applied.

use std::io::Read;

use cluster::{Applied, Cluster, Scenario, Settings, SourceFile};
use kubectl::findings;

use crate::arguments;

/// A scenario without its own files where others are given, and the files.
///
/// # Errors
/// A sentence about a file that cannot be read.
pub fn read(arguments: &arguments::Cluster) -> Result<(Scenario, Vec<SourceFile>), String> {
    let mut scenario = scenario(&arguments.scenario)?;
    if let Some(seed) = arguments.seed {
        scenario.seed = seed;
    }
    let chosen = scenario.settings();
    scenario = scenario.with(Settings {
        cni: arguments.cni.unwrap_or(chosen.cni),
        kube_proxy: arguments.kube_proxy.unwrap_or(chosen.kube_proxy),
        load_balancer: arguments.load_balancer.unwrap_or(chosen.load_balancer),
        ingress: arguments.ingress.unwrap_or(chosen.ingress),
        gateway: arguments.gateway.unwrap_or(chosen.gateway),
    });
    let files: Vec<SourceFile> =
        arguments.files.iter().map(|name| file(name)).collect::<Result<_, _>>()?;
    if !files.is_empty() {
        scenario.files.clear();
    }
    Ok((scenario, files))
}

/// The cluster with the files applied; what is said about them goes to standard error.
///
/// # Errors
/// The findings, if the files are refused.
pub fn cluster(arguments: &arguments::Cluster) -> Result<Cluster, String> {
    let (scenario, files) = read(arguments)?;
    let mut cluster = Cluster::new(scenario);
    if !files.is_empty() {
        let applied = cluster.apply(&files);
        let said = said(&applied, &files);
        if applied.is_refused() {
            return Err(said);
        }
        eprint!("{said}");
    }
    Ok(cluster)
}

/// The findings about files as text.
pub fn said(applied: &Applied, files: &[SourceFile]) -> String {
    applied
        .findings
        .iter()
        .map(|found| {
            let source = files.iter().find(|file| file.name == found.file);
            findings::text(found, source.map_or("", |file| file.text.as_str()))
        })
        .collect()
}

fn scenario(name: &str) -> Result<Scenario, String> {
    if let Some(scenario) = Scenario::named(name) {
        return Ok(scenario);
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        let known: Vec<&str> = Scenario::names().collect();
        format!("no scenario `{name}`: {error}; there are {}", known.join(", "))
    })?;
    Scenario::parse(&text).map_err(|problem| format!("{name}: {problem}"))
}

fn file(name: &str) -> Result<SourceFile, String> {
    if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| format!("-: {error}"))?;
        return Ok(SourceFile { name: "-".into(), text });
    }
    let text = std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
    Ok(SourceFile { name: name.to_owned(), text })
}
