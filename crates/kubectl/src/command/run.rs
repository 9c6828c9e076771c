//! `kubectl run`: one Pod from flags.

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
    let created = create::create(shell, &line, pod, "created", None)?;
    if !attached || line.dry_run != crate::report::DryRun::None {
        return Ok(created);
    }
    // An attached run shows what its command prints, then takes the Pod away if told to.
    let command = line.arguments.rest.clone().unwrap_or_default();
    let mut output = super::exec::in_pod(shell, &line.namespace, &name, None, &command);
    if line.arguments.is_set("rm") {
        let reference =
            manifest::ObjectRef::new(manifest::Kind::Pod, line.namespace.as_str(), name.as_str());
        shell.cluster.delete(&reference)?;
        if !line.arguments.is_set("quiet") {
            output
                .stdout
                .push_str(&format!("pod \"{name}\" deleted from {} namespace\n", line.namespace));
        }
    }
    Ok(output)
}
