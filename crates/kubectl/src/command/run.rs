//! `kubectl run`: one Pod from flags.

use serde_json::json;

use super::{Line, create, generators};
use crate::arguments::{Flag, optional, switch, value};
use crate::report::{Failure, Output};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("image"),
    value("port"),
    value("env"),
    value("labels").short('l'),
    value("annotations"),
    value("restart"),
    value("image-pull-policy"),
    value("output").short('o'),
    value("overrides"),
    optional("dry-run", "unchanged"),
    switch("command"),
    switch("expose"),
    switch("rm"),
    switch("stdin").short('i'),
    switch("tty").short('t'),
    switch("quiet").short('q'),
    switch("attach"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let mut line = Line::parse(shell, "run", words, FLAGS)?;
    let mut positional = line.arguments.positional.clone().into_iter();
    let name = positional.next().unwrap_or_default();
    let extra: Vec<String> = positional.collect();
    if !extra.is_empty() && line.arguments.rest.is_none() {
        line.arguments.rest = Some(extra);
    }
    if name.is_empty() {
        return Err(Failure::local(
            "NAME is required for run\nSee 'kubectl run -h' for help and examples",
        ));
    }
    let pod = generators::pod(&name, &line.arguments)?;
    let attached = line.arguments.is_set("rm") || line.arguments.is_set("stdin");
    let service = match (line.arguments.is_set("expose"), line.arguments.number("port")?) {
        (false, _) => None,
        (true, None) => return Err(Failure::local("--port must be set when exposing a service")),
        (true, Some(port)) => Some(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
            "spec": {
                "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }],
                "selector": pod["metadata"]["labels"],
            },
            "status": { "loadBalancer": {} },
        })),
    };
    let exposed = match service {
        Some(service) => create::create(shell, &line, service, "created", None)?,
        None => Output::default(),
    };
    let between = if exposed.stdout.starts_with("apiVersion") { "---\n" } else { "" };
    let mut created = create::create(shell, &line, pod, "created", None)?;
    created.stdout = format!("{}{between}{}", exposed.stdout, created.stdout);
    if !attached || line.dry_run != crate::report::DryRun::None {
        return Ok(created);
    }
    // An attached run shows what its command prints, then takes the Pod away if told to.
    let command = line.arguments.rest.clone().unwrap_or_default();
    let reference =
        manifest::ObjectRef::new(manifest::Kind::Pod, line.namespace.as_str(), name.as_str());
    if line.arguments.is_set("stdin") && (command.is_empty() || crate::tool::is_shell(&command)) {
        let program = command.first().map_or("sh", String::as_str);
        let ends = line.arguments.is_set("rm");
        return Ok(super::exec::stay(shell, reference, None, program, ends));
    }
    let ran = super::exec::in_pod(shell, &reference, None, &command);
    let mut output = ran.map_or_else(|output| output, super::exec::ended);
    if line.arguments.is_set("rm") {
        shell.cluster.delete(&reference)?;
        if !line.arguments.is_set("quiet") {
            output
                .stdout
                .push_str(&format!("pod \"{name}\" deleted from {} namespace\n", line.namespace));
        }
    }
    Ok(output)
}
