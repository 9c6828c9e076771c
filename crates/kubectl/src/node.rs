//! `ssh NODE -- …`: a command on a node.

use crate::report::Output;
use crate::shell::{Inside, Shell, Stay};
use crate::tool;

/// Runs a command on a node.
pub(crate) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Output {
    let mut words = words.iter().filter(|word| *word != "--");
    let Some(node) = words.next() else {
        return Output::failed("usage: ssh NODE -- COMMAND\n", 255);
    };
    let node = node.rsplit('@').next().unwrap_or(node);
    if !shell.cluster.scenario().nodes.iter().any(|known| known.name == node) {
        return Output::failed(
            format!("ssh: Could not resolve hostname {node}: Name or service not known\n"),
            255,
        );
    }
    let command: Vec<String> = words.filter(|word| *word != "sudo").cloned().collect();
    if command.is_empty() {
        let prompt = format!("root@{node}:~# ");
        shell.inside = Some(Inside { place: Stay::Node(node.to_owned()), prompt });
        return Output::default();
    }
    tool::on_node(shell, node, &command, stdin)
}
