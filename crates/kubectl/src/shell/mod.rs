//! The terminal: lines of shell in, what the tools print out.
//!
//! A [`Shell`] owns the cluster it talks to, the namespace of its context and a few files. Commands
//! are `kubectl` (also `k`), filters behind pipes, `ssh NODE` for the tools on a node, and little
//! else; what is not there says so as a shell does.

use std::collections::BTreeMap;

use cluster::Cluster;
use manifest::ObjectRef;
use trace::Journey;

use crate::descriptions::{self, Descriptions};
use crate::report::Output;
use crate::{command, node, podhop};

mod filters;
pub mod words;

use words::{Errors, Pipeline, When};

/// A terminal's state.
#[derive(Clone)]
pub struct Shell {
    /// The cluster it talks to.
    pub cluster: Cluster,
    /// The namespace of the current context.
    pub namespace: String,
    /// Files by name: the editor's tabs, and what `>` wrote.
    pub files: BTreeMap<String, String>,
    /// The lines run so far.
    pub history: Vec<String>,
    /// Where `kubectl explain` reads what fields mean.
    pub descriptions: Descriptions,
    pub(crate) journeys: Vec<Journey>,
    /// The file that the line wants to have opened.
    pub(crate) opened: Option<String>,
    pub(crate) watch: Option<Watch>,
    /// What the watch has shown, while it looks again.
    pub(crate) seen: Option<Seen>,
}

/// The versions of objects that were shown.
pub(crate) type Seen = BTreeMap<ObjectRef, Option<String>>;

/// A `kubectl get -w` that goes on.
#[derive(Clone)]
pub(crate) struct Watch {
    /// The words of the `get`.
    pub words: Vec<String>,
    pub seen: Seen,
}

/// What a line printed, and the traffic it caused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ran {
    /// What it printed, and its exit code.
    pub output: Output,
    /// What its network commands caused, in order, to be animated.
    pub journeys: Vec<Journey>,
    /// The name of a file that is to be opened in an editor; its text is in [`Shell::files`].
    pub opened: Option<String>,
}

/// What may begin a line, beside the filters.
const PROGRAMS: &[&str] = &[
    "clear", "echo", "help", "history", "k", "kubectl", "ls", "podhop", "ssh", "true", "false",
    "vi", "vim",
];

impl Shell {
    /// A shell on a cluster, in namespace `default`, with the scenario's files.
    pub fn new(cluster: Cluster) -> Self {
        let files = cluster.scenario().files.iter();
        let files = files.map(|file| (file.name.clone(), file.text.clone())).collect();
        Self {
            cluster,
            namespace: "default".into(),
            files,
            history: Vec::new(),
            descriptions: descriptions::embedded,
            journeys: Vec::new(),
            opened: None,
            watch: None,
            seen: None,
        }
    }

    /// Runs a line. A here-document's text stands below its line, up to its word; `stdin` is what
    /// the first command reads otherwise.
    pub fn run(&mut self, line: &str, stdin: Option<&str>) -> Ran {
        self.history.push(line.to_owned());
        self.cluster.begin_action(line.lines().next().unwrap_or_default());
        let (first, below) = line.split_once('\n').unwrap_or((line, ""));
        let output = match words::here_document(first) {
            Some((word, rest)) => {
                let mut document = String::new();
                let mut lines = below.lines();
                for text in lines.by_ref().take_while(|text| text.trim() != word) {
                    document.push_str(text);
                    document.push('\n');
                }
                self.line(&rest, &document)
            }
            None => self.line(line, stdin.unwrap_or_default()),
        };
        self.cluster.end_action();
        let mut output = output;
        output.stdout.push_str(&self.watched());
        let journeys = std::mem::take(&mut self.journeys);
        Ran { output, journeys, opened: self.opened.take() }
    }

    /// What changed since a `kubectl get -w` last showed something; empty if nobody watches.
    pub fn watched(&mut self) -> String {
        let Some(watch) = self.watch.take() else { return String::new() };
        self.seen = Some(watch.seen);
        let shown = command::run(self, &watch.words, "");
        let seen = self.seen.take().unwrap_or_default();
        self.watch = Some(Watch { words: watch.words, seen });
        shown.stdout
    }

    /// Ends a `kubectl get -w`, as Ctrl-C does.
    pub fn stop_watching(&mut self) {
        self.watch = None;
    }

    fn line(&mut self, line: &str, stdin: &str) -> Output {
        let pipelines = match words::parse(line) {
            Ok(pipelines) => pipelines,
            Err(problem) => return Output::failed(format!("bash: {problem}\n"), 2),
        };
        let mut all = Output::default();
        for pipeline in pipelines {
            let runs = match pipeline.when {
                When::Always => true,
                When::Succeeded => all.code == 0,
                When::Failed => all.code != 0,
            };
            if runs {
                let output = self.pipeline(&pipeline, stdin);
                all.stdout.push_str(&output.stdout);
                all.stderr.push_str(&output.stderr);
                all.code = output.code;
            }
        }
        all
    }

    fn pipeline(&mut self, pipeline: &Pipeline, stdin: &str) -> Output {
        let mut input = match &pipeline.input {
            Some(name) => match self.files.get(name) {
                Some(text) => text.clone(),
                None => {
                    return Output::failed(format!("bash: {name}: No such file or directory\n"), 1);
                }
            },
            None => stdin.to_owned(),
        };
        let mut stderr = String::new();
        let mut code = 0;
        for (position, words) in pipeline.commands.iter().enumerate() {
            let mut output = self.command(words, &input);
            if position + 1 == pipeline.commands.len() {
                match pipeline.errors {
                    Errors::Shown => {}
                    Errors::Joined => {
                        output.stdout.push_str(&std::mem::take(&mut output.stderr));
                    }
                    Errors::Dropped => output.stderr.clear(),
                }
            }
            stderr.push_str(&output.stderr);
            input = output.stdout;
            code = output.code;
        }
        if let Some((name, append)) = &pipeline.output {
            let file = self.files.entry(name.clone()).or_default();
            if !append {
                file.clear();
            }
            file.push_str(&input);
            input.clear();
        }
        Output { stdout: input, stderr, code }
    }

    fn command(&mut self, words: &[String], stdin: &str) -> Output {
        let Some((program, arguments)) = words.split_first() else { return Output::default() };
        match program.as_str() {
            "kubectl" | "k" => command::run(self, arguments, stdin),
            "podhop" => podhop::run(self, arguments),
            "ssh" | "node" => node::run(self, arguments),
            "echo" => {
                let (text, end) = match arguments.first().map(String::as_str) {
                    Some("-n") => (arguments[1..].join(" "), ""),
                    _ => (arguments.join(" "), "\n"),
                };
                Output::printed(format!("{text}{end}"))
            }
            "ls" => Output::printed(
                self.files.keys().map(|name| format!("{name}\n")).collect::<String>(),
            ),
            "history" => {
                let lines = self.history.iter().enumerate();
                Output::printed(
                    lines.map(|(at, line)| format!("{:5}  {line}\n", at + 1)).collect::<String>(),
                )
            }
            "alias" => Output::printed("alias k='kubectl'\n"),
            "true" | "clear" | "export" => Output::default(),
            "false" => Output::failed("", 1),
            "help" => Output::printed(HELP),
            "vi" | "vim" | "nano" => match arguments.first() {
                Some(name) => command::edit::open(self, name.clone(), None),
                None => Output::failed(format!("{program}: name a file, as in vi pod.yaml\n"), 1),
            },
            "watch" => Output::failed(
                "watch: use kubectl get -w, which shows what changes, or wait with kubectl wait\n",
                1,
            ),
            _ => {
                let mut output = filter(words, stdin, &self.files);
                if output.code == 127 {
                    output
                        .stderr
                        .push_str("# here are kubectl, ssh NODE, vi FILE and others: see help\n");
                }
                output
            }
        }
    }
}

/// What may begin a line.
pub(crate) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().chain(filters::NAMES).copied()
}

/// Runs a filter on text; what is no filter is not found.
pub(crate) fn filter(words: &[String], stdin: &str, files: &BTreeMap<String, String>) -> Output {
    filters::run(words, stdin, files).unwrap_or_else(|| {
        let program = words.first().map_or("", String::as_str);
        Output::failed(format!("bash: {program}: command not found\n"), 127)
    })
}

const HELP: &str = "\
kubectl (or k)   get, describe, apply, create, run, expose, delete, scale, label, annotate, patch,
                 rollout, set image, exec, logs, diff, edit, explain, api-resources, config, version …
in a Pod         kubectl exec frontend -- curl -s http://web-service
                 curl, wget, ping, nslookup, dig, nc, cat /etc/resolv.conf, ip addr, ip route
on a node        ssh node-1 -- iptables-save, conntrack -L, ip route
the simulation   podhop send frontend http://web-service; podhop wait, fault, heal, set, help
pipes            grep, head, tail, wc, sort, uniq, cut, tr, cat, awk '{print $1}'
files            ls, cat FILE, vi FILE opens it in the editor
Tab completes, the arrow keys go through the history, Ctrl-R searches it.
";

#[cfg(test)]
mod tests {
    use cluster::Scenario;

    use super::*;

    #[test]
    fn every_network_command_leaves_its_traces() {
        let mut shell = Shell::new(Cluster::new(Scenario::opening()));
        let mut traces = |line: &str| shell.run(line, None).journeys.len();
        for tool in [
            "curl -s http://web-service",
            "curl -s -m 2 http://nosuch",
            "curl -s -m 2 http://web-service:81",
            "wget -qO- http://web-service",
            "wget -q -T 2 -O- http://10.96.99.99",
            "ping -c 1 10.244.1.10",
            "ping -c 1 -W 1 10.244.1.99",
            "nslookup web-service",
            "nslookup nosuch",
            "dig +short web-service.default.svc.cluster.local",
            "nc -zv -w 2 web-service 80",
            "nc -zv -w 2 web-service 81",
        ] {
            assert!(traces(&format!("kubectl exec frontend -- {tool}")) > 0, "{tool}");
        }
        let curl = "kubectl exec frontend -- curl -s http://web-service";
        let one = traces(curl);
        assert_eq!(traces(&format!("{curl}; {curl}")), 2 * one);
        assert_eq!(traces(&format!("{curl} && {curl} | grep Hello && {curl}")), 3 * one);
        assert_eq!(traces("podhop send frontend http://web-service"), 1);
        let looped =
            "kubectl exec frontend -- sh -c 'curl -s http://web-service; curl -s http://nosuch'";
        assert_eq!(traces(looped), 2);
        assert!(
            traces(
                "kubectl run probe --rm -i --restart=Never --image=busybox:1.37 -- wget -qO- http://web-service"
            ) > 0
        );
    }
}
