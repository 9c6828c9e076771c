//! What `kubectl` says about the server: `api-resources`, `api-versions`, `version`,
//! `cluster-info`, `auth can-i`.

use std::collections::BTreeSet;

use cluster::KUBERNETES_VERSION;
use manifest::{Kind, Resource};

use crate::arguments::{Arguments, Flag, switch, value};
use crate::report::{Failure, Output};
use crate::shell::Shell;
use crate::tabwriter;

/// What `kubectl` says without a command.
pub(super) const USAGE: &str = "\
kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

Usage:
  kubectl [flags] [options]
";

pub(super) fn api_resources(words: &[String]) -> Result<Output, Failure> {
    const FLAGS: &[Flag] = &[
        value("api-group"),
        value("namespaced"),
        value("output").short('o'),
        value("sort-by"),
        value("verbs"),
        switch("no-headers"),
        switch("cached"),
    ];
    let arguments = Arguments::parse("kubectl api-resources", words, FLAGS)?;
    let mut resources: Vec<&Resource> = Kind::ALL
        .iter()
        .map(|kind| kind.resource())
        .filter(|resource| arguments.value("api-group").is_none_or(|group| group == resource.group))
        .filter(|resource| {
            arguments.value("namespaced").is_none_or(|only| (only == "true") == resource.namespaced)
        })
        .collect();
    resources.sort_by_key(|resource| (resource.group, resource.plural));
    if arguments.value("output") == Some("name") {
        let names = resources.iter().map(|resource| format!("{}\n", resource.qualified_plural()));
        return Ok(Output::printed(names.collect::<String>()));
    }
    let mut table = String::new();
    if !arguments.is_set("no-headers") {
        table.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\n");
    }
    for resource in resources {
        table.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\n",
            resource.plural,
            resource.short_names.join(","),
            resource.api_version(),
            resource.namespaced,
            resource.kind
        ));
    }
    Ok(Output::printed(tabwriter::table(&table)))
}

pub(super) fn api_versions() -> Result<Output, Failure> {
    let versions: BTreeSet<String> = Kind::ALL
        .iter()
        .flat_map(|kind| {
            let resource = kind.resource();
            resource.versions.iter().map(|version| match resource.group {
                "" => (*version).to_owned(),
                group => format!("{group}/{version}"),
            })
        })
        .collect();
    Ok(Output::printed(versions.into_iter().map(|version| version + "\n").collect::<String>()))
}

pub(super) fn version() -> Result<Output, Failure> {
    Ok(Output::printed(format!(
        "Client Version: {KUBERNETES_VERSION}\nKustomize Version: v5.8.1\nServer Version: \
         {KUBERNETES_VERSION}\n"
    )))
}

pub(super) fn cluster_info(shell: &Shell) -> Result<Output, Failure> {
    let address = shell.cluster.scenario().nodes.first().map(|node| node.address.to_string());
    let server = address.unwrap_or_else(|| "127.0.0.1".into());
    Ok(Output::printed(format!(
        "Kubernetes control plane is running at https://{server}:6443\n\n\
         To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n"
    )))
}

pub(super) fn auth(words: &[String]) -> Result<Output, Failure> {
    match words.first().map(String::as_str) {
        Some("can-i") => Ok(Output::printed("yes\n")),
        Some("whoami") => Ok(Output::printed("ATTRIBUTE   VALUE\nUsername    admin\n")),
        _ => Ok(Output::printed("Inspect authorization.\n")),
    }
}
