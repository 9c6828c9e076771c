//! `kubectl config`: one context, whose namespace can be set.

use super::Line;
use crate::arguments::{Flag, switch, value};
use crate::report::{Failure, Output};
use crate::shell::Shell;
use crate::tabwriter;

pub(super) const FLAGS: &[Flag] =
    &[switch("current"), switch("minify"), switch("no-headers"), value("output").short('o')];

/// The one context's name.
const CONTEXT: &str = "sim";

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "config", words, FLAGS)?;
    let words: Vec<&str> = line.arguments.positional.iter().map(String::as_str).collect();
    let known = |name: &str| {
        if name == CONTEXT {
            Ok(())
        } else {
            Err(Failure::local(format!("no context exists with the name: {name:?}")))
        }
    };
    let said = match words.as_slice() {
        ["set-context", name @ ..] => {
            name.first().map_or(Ok(()), |name| known(name))?;
            if let Some(namespace) = line.given_namespace {
                shell.namespace = namespace;
            }
            format!("Context \"{CONTEXT}\" modified.\n")
        }
        ["use-context", name] => {
            known(name)?;
            format!("Switched to context \"{CONTEXT}\".\n")
        }
        ["current-context"] => format!("{CONTEXT}\n"),
        ["get-contexts"] => tabwriter::table(&format!(
            "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n*\t{CONTEXT}\t{CONTEXT}\tadmin\t{}\n",
            shell.namespace
        )),
        ["view"] => format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  name: \
             {CONTEXT}\ncontexts:\n- context:\n    cluster: {CONTEXT}\n    namespace: {}\n    user: \
             admin\n  name: {CONTEXT}\ncurrent-context: {CONTEXT}\nkind: Config\nusers:\n- name: \
             admin\n  user: {{}}\n",
            shell.namespace
        ),
        _ => "Modify kubeconfig files: set-context --current --namespace=…, get-contexts, \
              current-context, view\n"
            .into(),
    };
    Ok(Output::printed(said))
}
