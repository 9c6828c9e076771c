//! What a node shows of itself: kube-proxy's rules, the connection tracker, its addresses and routes.

use dataplane::proxy::Tool;

use super::{Seat, files};
use crate::report::Output;

pub(super) fn run(seat: &Seat<'_>, tool: &str, arguments: &[String]) -> Output {
    let node = files::hostname(seat);
    let network = &seat.shell.cluster.data_plane().network;
    let now = seat.shell.cluster.now();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (tool, words.as_slice()) {
        ("iptables-save", _) => Output::printed(network.listed(&node, Tool::IptablesSave)),
        ("nft", ["list", "ruleset"]) => Output::printed(network.listed(&node, Tool::Nft)),
        ("ipvsadm", _) => Output::printed(network.listed(&node, Tool::Ipvsadm)),
        ("ipset", ["list" | "-L", rest @ ..]) => {
            let all = network.listed(&node, Tool::Ipset);
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
        ("conntrack", _) => {
            let lines = network.conntrack(&node, now);
            let mut output =
                Output::printed(lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            output.stderr = format!(
                "conntrack v1.4.8 (conntrack-tools): {} flow entries have been shown.\n",
                lines.len()
            );
            output
        }
        ("ip", words) => match network.namespace(&seat.place, now) {
            Some(namespace) => crate::ip::run(&namespace, words, false),
            None => Output::failed("", 1),
        },
        ("hostname", _) => Output::printed(format!("{node}\n")),
        ("date", _) => {
            Output::printed(format!("{}\n", crate::report::time_text(&seat.shell.cluster)))
        }
        ("cat", words) if words.contains(&"/etc/resolv.conf") => {
            Output::printed(files::resolv_conf(seat).text())
        }
        ("cat", words) => {
            let path = words.first().copied().unwrap_or_default();
            Output::failed(format!("cat: {path}: No such file or directory\n"), 1)
        }
        _ => Output::failed(format!("bash: line 1: {tool}: command not found\n"), 127),
    }
}
