//! The terminal: lines of shell in, what the tools print out.
//!
//! A [`Shell`] owns the cluster it talks to, the namespace of its context and a few files. Commands
//! are `kubectl` (also `k`), filters behind pipes, `ssh NODE` for the tools on a node, and little
//! else; what is not there says so as a shell does. Loops, variables and substitutions are
//! [`interpret`]'s.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::Cluster;
use manifest::ObjectRef;
use trace::Journey;

use crate::descriptions::{self, Descriptions};
use crate::report::Output;
use crate::{command, node, podhop};

mod arithmetic;
mod builtin;
mod filters;
pub(crate) mod interpret;
mod script;
mod syntax;

use interpret::Machine;
pub use syntax::goes_on;

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
    variables: BTreeMap<String, String>,
    /// Short names of commands, with what they stand for.
    aliases: BTreeMap<String, String>,
    /// Where `kubectl explain` reads what fields mean.
    pub descriptions: Descriptions,
    pub(crate) journeys: Vec<Journey>,
    /// The file that the line wants to have opened.
    pub(crate) opened: Option<String>,
    pub(crate) watch: Option<Watch>,
    pub(crate) inside: Option<Inside>,
    /// What the watch has shown, while it looks again.
    pub(crate) seen: Option<Seen>,
}

/// The versions of objects that were shown.
pub(crate) type Seen = BTreeMap<ObjectRef, Option<String>>;

/// Where the terminal stays, after `kubectl exec -it … -- sh` or `ssh NODE`.
#[derive(Clone)]
pub(crate) struct Inside {
    /// Where.
    pub place: Stay,
    /// What stands before a line there.
    pub prompt: String,
}

/// A place where the terminal can stay.
#[derive(Clone)]
pub(crate) enum Stay {
    Pod {
        pod: ObjectRef,
        container: Option<String>,
        /// The image of a container beside its own, as `kubectl debug` starts one.
        image: Option<String>,
        /// The shell there.
        program: String,
        /// Whether the Pod goes with it, as `kubectl run --rm` says.
        ends: bool,
    },
    Node(String),
}

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
    "alias", "clear", "for", "help", "history", "k", "kubectl", "ls", "podhop", "rm", "sleep",
    "ssh", "tee", "vi", "vim", "while", "xargs",
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
            variables: BTreeMap::new(),
            aliases: BTreeMap::from([("k".into(), "kubectl".into())]),
            descriptions: descriptions::embedded,
            journeys: Vec::new(),
            opened: None,
            watch: None,
            inside: None,
            seen: None,
        }
    }

    /// Runs a line, or several that belong together: a loop, or a here-document's text below its
    /// line. `stdin` is what the first command reads.
    pub fn run(&mut self, line: &str, stdin: Option<&str>) -> Ran {
        self.history.push(line.to_owned());
        self.cluster.begin_action(line.lines().next().unwrap_or_default());
        let mut output = match self.inside.clone() {
            Some(inside) => self.run_inside(&inside.place, line),
            None => interpret::run(self, "bash", line, stdin.unwrap_or_default()),
        };
        self.cluster.end_action();
        output.stdout.push_str(&self.watched());
        let journeys = std::mem::take(&mut self.journeys);
        Ran { output, journeys, opened: self.opened.take() }
    }

    /// What stands before the next line: where the terminal is.
    pub fn prompt(&self) -> &str {
        self.inside.as_ref().map_or("$ ", |inside| &inside.prompt)
    }

    /// Comes back from a Pod or a node where the terminal stays.
    pub fn leave(&mut self) {
        self.inside = None;
    }

    /// A line typed into a shell in a Pod or on a node.
    fn run_inside(&mut self, place: &Stay, line: &str) -> Output {
        let leaves = matches!(line.trim(), "exit" | "logout");
        match place {
            Stay::Pod { pod, container, image, program, ends } => {
                if leaves {
                    self.leave();
                    if !ends {
                        return Output::default();
                    }
                    return match self.cluster.delete(pod) {
                        Ok(()) => Output::printed(format!(
                            "pod {:?} deleted from {} namespace\n",
                            pod.name, pod.namespace
                        )),
                        Err(refusal) => Output::failed(format!("{}\n", refusal.message), 1),
                    };
                }
                let command = [program.as_str(), "-c", line].map(str::to_owned);
                let ran = match image {
                    Some(image) => command::debug::run_beside(self, pod, image, &command),
                    None => command::exec::in_pod(self, pod, container.as_deref(), &command),
                };
                match ran {
                    Ok(output) => output,
                    // Who is inside of what went away is outside.
                    Err(_) => {
                        self.leave();
                        Output::failed("command terminated with exit code 137\n", 137)
                    }
                }
            }
            Stay::Node(node) => {
                if leaves {
                    self.leave();
                    return Output::printed(format!("logout\nConnection to {node} closed.\n"));
                }
                crate::tool::on_node(self, node, &[line.to_owned()], "")
            }
        }
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

    /// `xargs [-n COUNT] [-I WORD] command`: its input's words as the command's last words.
    fn xargs(&mut self, arguments: &[String], stdin: &str) -> Output {
        let (mut count, mut replaced, mut command) = (usize::MAX, None, arguments);
        loop {
            command = match command {
                [flag, value, rest @ ..] if flag == "-n" => {
                    count = value.parse().unwrap_or(1);
                    rest
                }
                [flag, value, rest @ ..] if flag == "-I" => {
                    (count, replaced) = (1, Some(value.clone()));
                    rest
                }
                [flag, rest @ ..] if flag.starts_with('-') => rest,
                _ => break,
            };
        }
        let given: Vec<String> = stdin.split_whitespace().map(str::to_owned).collect();
        let mut all = Output::default();
        for words in given.chunks(count.max(1)) {
            let line: Vec<String> = match &replaced {
                Some(mark) => command.iter().map(|it| it.replace(mark, &words[0])).collect(),
                None => command.iter().chain(words).cloned().collect(),
            };
            let output = self.program(&line, "");
            all.stdout.push_str(&output.stdout);
            all.stderr.push_str(&output.stderr);
            all.code = all.code.max(output.code);
        }
        all
    }

    fn alias(&mut self, arguments: &[String]) -> Output {
        let mut output = Output::default();
        if arguments.is_empty() {
            for (name, words) in &self.aliases {
                output.stdout.push_str(&format!("alias {name}='{words}'\n"));
            }
        }
        for argument in arguments {
            match argument.split_once('=') {
                Some((name, words)) => {
                    self.aliases.insert(name.to_owned(), words.to_owned());
                }
                None => match self.aliases.get(argument) {
                    Some(words) => {
                        output.stdout.push_str(&format!("alias {argument}='{words}'\n"));
                    }
                    None => {
                        output = Output::failed(format!("bash: alias: {argument}: not found\n"), 1)
                    }
                },
            }
        }
        output
    }
}

impl Machine for Shell {
    fn program(&mut self, words: &[String], stdin: &str) -> Output {
        let Some((program, arguments)) = words.split_first() else { return Output::default() };
        if let Some(meant) = self.aliases.get(program).filter(|_| program != "kubectl") {
            let meant = meant.split_whitespace().map(str::to_owned);
            let words: Vec<String> = meant.chain(arguments.iter().cloned()).collect();
            // An alias of itself, as `ls='ls -l'`, is looked up once.
            if words.first() != Some(program) {
                return self.program(&words, stdin);
            }
        }
        match program.as_str() {
            "kubectl" => command::run(self, arguments, stdin),
            "podhop" => podhop::run(self, arguments),
            "ssh" | "node" => node::run(self, arguments, stdin),
            "sleep" => match arguments.first().and_then(|time| seconds(time)) {
                Some(time) => {
                    self.cluster.advance(time);
                    Output::default()
                }
                None => Output::failed("sleep: missing operand\n", 1),
            },
            "tee" => {
                let append = arguments.iter().any(|word| word == "-a");
                for name in arguments.iter().filter(|word| !word.starts_with('-')) {
                    self.write(name, stdin, append);
                }
                Output::printed(stdin)
            }
            "xargs" => self.xargs(arguments, stdin),
            "rm" => {
                for name in arguments.iter().filter(|word| !word.starts_with('-')) {
                    if self.files.remove(name).is_none() {
                        let said = "No such file or directory";
                        return Output::failed(format!("rm: cannot remove '{name}': {said}\n"), 1);
                    }
                }
                Output::default()
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
            "time" => {
                let begun = self.cluster.now();
                let mut output = self.program(arguments, stdin);
                let took = self.cluster.now().since(begun);
                let (minutes, seconds) = (took.as_secs() / 60, took.as_secs_f64() % 60.0);
                output.stderr.push_str(&format!("\nreal\t{minutes}m{seconds:.3}s\n"));
                output
            }
            "pwd" => Output::printed("/root\n"),
            "whoami" => Output::printed("root\n"),
            "date" => Output::printed(format!("{}\n", crate::report::time_text(&self.cluster))),
            "cd" => match arguments.first().map(String::as_str) {
                None | Some("~" | "." | "/root") => Output::default(),
                Some(name) => {
                    Output::failed(format!("bash: cd: {name}: No such file or directory\n"), 1)
                }
            },
            "alias" => self.alias(arguments),
            "env" | "printenv" => Output::printed(
                self.variables
                    .iter()
                    .map(|(name, value)| format!("{name}={value}\n"))
                    .collect::<String>(),
            ),
            "clear" | "source" | "complete" => Output::default(),
            "help" => Output::printed(HELP),
            "vi" | "vim" | "nano" => match arguments.first() {
                Some(name) => command::edit::open(self, name.clone(), None),
                None => Output::failed(format!("{program}: name a file, as in vi pod.yaml\n"), 1),
            },
            "watch" => Output::failed(
                "watch: use kubectl get -w, which shows what changes, or wait with kubectl wait\n",
                1,
            ),
            "curl" | "wget" | "ping" | "nslookup" | "dig" | "nc" | "traceroute" => Output::failed(
                format!(
                    "bash: {program}: command not found\n# this terminal stands outside the cluster: kubectl exec frontend -- {program} … sends from a Pod, ssh node-1 -- {program} … from a node\n"
                ),
                127,
            ),
            _ => {
                // A program of another's, as of `xargs`, may be one of the shell's own.
                let mut input = stdin.to_owned();
                if let Some(output) =
                    builtin::run(&mut self.variables, program, arguments, &mut input)
                {
                    return output;
                }
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

    fn file(&self, name: &str) -> Option<String> {
        self.files.get(name.trim_start_matches("./")).cloned()
    }

    fn write(&mut self, name: &str, text: &str, append: bool) {
        let file = self.files.entry(name.trim_start_matches("./").to_owned()).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
    }

    fn variables(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.variables
    }
}

/// Seconds as `sleep` and `timeout` take them: `2`, `0.5`, `2s`, `1m`.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    (0.0..1e6).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// What may begin a line.
pub(crate) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().chain(builtin::NAMES).chain(filters::NAMES).copied()
}

/// Whether a program is a filter.
pub(crate) fn is_filter(name: &str) -> bool {
    filters::NAMES.contains(&name)
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
                 rollout, set image, exec, debug, logs, diff, edit, explain, api-resources, config, version …
in a Pod         kubectl exec frontend -- curl -s http://web-service
                 curl, wget, ping, nslookup, dig, nc, cat /etc/resolv.conf, ip addr, ip route
                 kubectl exec -it frontend -- sh stays there until exit
on a node        ssh node-1 -- iptables-save, conntrack -L, and the same tools; ssh node-1 stays there
the simulation   podhop send frontend http://web-service; podhop wait, fault, heal, set, help
pipes            grep, head, tail, wc, sort, uniq, cut, tr, sed s/a/b/, awk '{print $1}', xargs, tee
the shell        for i in 1 2 3; do …; done, while, if, $(…), $((…)), name=value, &&, ||, <<EOF, > file
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
