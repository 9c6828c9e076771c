//! `kubectl edit`: hands an object to the editor as a file, without what the cluster writes itself.
//!
//! The real one waits for an editor to end and sends what was changed. Here the editor stands above
//! the terminal and applies by itself; what was opened is remembered, so that applying the file sends
//! what was changed too.

use super::Line;
use super::get::shown;
use crate::arguments::{Flag, value};
use crate::output;
use crate::report::{Failure, Output};
use crate::resource_arguments::{Targets, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[value("output").short('o')];

/// What the API server writes into every object's metadata.
const WRITTEN: &[&str] =
    &["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "edit", words, FLAGS)?;
    let targets = Targets::parse(&line.arguments.positional)?;
    let [(kind, Some(name))] = targets.items.as_slice() else {
        return Err(Failure::local("name one object to edit: `kubectl edit deployment web-app`"));
    };
    let object = find(&shell.cluster.snapshot(), *kind, &line.namespace, name)?;
    let mut json = shown(&object);
    if let Some(fields) = json.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = json.get_mut("metadata").and_then(|it| it.as_object_mut()) {
        metadata.retain(|field, _| !WRITTEN.contains(&field.as_str()));
        let last_applied = "kubectl.kubernetes.io/last-applied-configuration";
        if let Some(annotations) = metadata.get_mut("annotations").and_then(|it| it.as_object_mut())
        {
            annotations.remove(last_applied);
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    let file = format!("{}-{name}.yaml", kind.resource().singular);
    let text = output::yaml::print(&json);
    shell.cluster.open_to_edit(&file, &text);
    Ok(open(shell, file, Some(text)))
}

/// Opens a file in the editor, with this text if there is one.
pub(crate) fn open(shell: &mut Shell, name: String, text: Option<String>) -> Output {
    if let Some(text) = text {
        shell.files.insert(name.clone(), text);
    }
    shell.files.entry(name.clone()).or_default();
    let said =
        format!("opened {name} in the editor: apply it there, or with kubectl apply -f {name}\n");
    shell.opened = Some(name);
    Output::printed(said)
}
