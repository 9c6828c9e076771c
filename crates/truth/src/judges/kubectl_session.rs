//! `kubectl_session.json`: lines of shell replayed in one cluster, or in a fresh one for each list.

use std::path::Path;
use std::time::Duration;

use cluster::{Cluster, Scenario};
use kubectl::Shell;
use serde::Deserialize;

use crate::judge::{CaseResult, guarded, read_json};
use crate::normalise::{difference, text};

/// The file's two forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sessions {
    Titled(Vec<Session>),
    One(Vec<Command>),
}

/// A list of commands on a fresh cluster.
#[derive(Deserialize)]
struct Session {
    title: String,
    #[serde(default)]
    namespace: Option<String>,
    commands: Vec<Command>,
}

/// A line of shell, and what it printed.
#[derive(Deserialize)]
struct Command {
    cmd: String,
    #[serde(default)]
    stdin: Option<String>,
    rc: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default = "yes")]
    repeatable: bool,
    #[serde(default)]
    settle_s_before: f64,
}

fn yes() -> bool {
    true
}

/// The recording's cluster: three nodes, with one Deployment in `default`.
pub(super) const SCENARIO: &str = "\
name: recording
title: Three nodes
seed: 1
cni: flannel-vxlan
kubeProxy: iptables
podCIDR: 10.244.0.0/16
serviceCIDR: 10.96.0.0/16
nodes:
- {name: node-1, address: 192.168.1.11, podCIDR: 10.244.0.0/24}
- {name: node-2, address: 192.168.1.12, podCIDR: 10.244.1.0/24}
- {name: node-3, address: 192.168.1.13, podCIDR: 10.244.2.0/24}
";

/// Judges every command.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let sessions = match read_json(path)? {
        Sessions::Titled(sessions) => sessions,
        Sessions::One(commands) => {
            vec![Session { title: "session".into(), namespace: None, commands }]
        }
    };
    let scenario = Scenario::parse(SCENARIO)?;
    let mut cases = Vec::new();
    for session in &sessions {
        let mut shell = Shell::new(Cluster::new(scenario.clone()));
        if let Some(namespace) = &session.namespace {
            shell.run(&format!("kubectl create namespace {namespace}"), None);
            shell.namespace.clone_from(namespace);
        }
        for (index, command) in session.commands.iter().enumerate() {
            let name = format!("{} {index}: {}", session.title, command.cmd);
            let case = guarded(name, || differs(&mut shell, command));
            if command.repeatable {
                cases.push(case);
            }
        }
    }
    Ok(cases)
}

fn differs(shell: &mut Shell, command: &Command) -> Option<String> {
    if command.settle_s_before > 0.0 {
        shell.cluster.advance(Duration::from_secs_f64(command.settle_s_before));
    }
    let output = shell.run(&command.cmd, command.stdin.as_deref()).output;
    let fixed = format!("{}\n{}", command.cmd, command.stdin.as_deref().unwrap_or_default());
    let shown = |code: i32, stdout: &str, stderr: &str| {
        let (stdout, stderr) = (text(stdout, &fixed), text(stderr, &fixed));
        format!("exit {code}\n{stdout}\n-- standard error\n{stderr}\n")
    };
    difference(
        &shown(command.rc, &command.stdout, &command.stderr),
        &shown(output.code, &output.stdout, &output.stderr),
    )
}
