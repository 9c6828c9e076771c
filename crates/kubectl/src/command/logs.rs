//! `kubectl logs`: what a container is known to have printed.

use manifest::Kind;

use super::Line;
use crate::arguments::{Flag, switch, value};
use crate::report::{Failure, Output};
use crate::resource_arguments::find;
use crate::shell::Shell;

const FLAGS: &[Flag] = &[
    value("container").short('c'),
    value("tail"),
    value("since"),
    value("selector").short('l'),
    switch("follow").short('f'),
    switch("previous").short('p'),
    switch("timestamps"),
    switch("all-containers"),
    switch("prefix"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "logs", words, FLAGS)?;
    let Some(name) = line.arguments.positional.first() else {
        return Err(Failure::local(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    };
    let name = name.strip_prefix("pod/").or(name.strip_prefix("po/")).unwrap_or(name);
    let snapshot = shell.cluster.snapshot();
    if find(&snapshot, Kind::Pod, &line.namespace, name).is_err() && !name.contains('/') {
        return Err(Failure::local(format!(
            "error from server (NotFound): pods {name:?} not found in namespace {:?}",
            line.namespace
        )));
    }
    Ok(Output::default())
}
