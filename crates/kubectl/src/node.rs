//! `ssh NODE -- …`: the tools on a node.

use crate::report::Output;
use crate::shell::Shell;

/// Runs a command on a node.
pub(crate) fn run(_shell: &mut Shell, words: &[String]) -> Output {
    let node = words.first().map(String::as_str).unwrap_or_default();
    Output::failed(
        format!("ssh: Could not resolve hostname {node}: Name or service not known\n"),
        255,
    )
}
