//! `ssh NODE -- …`: the tools on a node.

use dataplane::proxy::Tool;
use trace::Place;

use crate::report::Output;
use crate::shell::Shell;

/// Runs a command on a node.
pub(crate) fn run(shell: &mut Shell, words: &[String]) -> Output {
    let mut words = words.iter().filter(|word| *word != "--").map(String::as_str);
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
    let command: Vec<&str> = words.filter(|word| *word != "sudo").collect();
    let network = &shell.cluster.data_plane().network;
    match command.as_slice() {
        [] => Output::printed(
            "This terminal does not stay on a node: run one command at a time, as in `ssh node-1 -- iptables-save`.\n",
        ),
        ["iptables-save", ..] => Output::printed(network.listed(node, Tool::IptablesSave)),
        ["nft", "list", "ruleset"] => Output::printed(network.listed(node, Tool::Nft)),
        ["ipvsadm", ..] => Output::printed(network.listed(node, Tool::Ipvsadm)),
        ["ipset", "list" | "-L", rest @ ..] => {
            let all = network.listed(node, Tool::Ipset);
            let wanted = |set: &&str| {
                rest.first().is_none_or(|name| set.starts_with(&format!("Name: {name}\n")))
            };
            let sets: Vec<&str> = all.split("\n\n").filter(wanted).collect();
            match (sets.is_empty(), rest.first()) {
                (true, Some(_)) => {
                    Output::failed("ipset v7.22: The set with the given name does not exist\n", 1)
                }
                _ => Output::printed(format!("{}\n", sets.join("\n\n").trim_end())),
            }
        }
        ["conntrack", ..] => {
            let lines = network.conntrack(node, shell.cluster.now());
            let mut output =
                Output::printed(lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            output.stderr = format!(
                "conntrack v1.4.8 (conntrack-tools): {} flow entries have been shown.\n",
                lines.len()
            );
            output
        }
        ["ip", words @ ..] => {
            let place = Place::Node(node.to_owned());
            match network.namespace(&place, shell.cluster.now()) {
                Some(namespace) => crate::ip::run(&namespace, words, false),
                None => Output::failed("", 1),
            }
        }
        ["hostname", ..] => Output::printed(format!("{node}\n")),
        [program, ..] => Output::failed(format!("bash: {program}: command not found\n"), 127),
    }
}
