//! Running a case: its blocks in order on one cluster.

use std::fmt::Write;

use cluster::{Cluster, Request, RequestKind, Scenario, SourceFile};
use kubectl::{Shell, findings};
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use trace::{Outcome, Place};

use crate::block::Block;
use crate::document::{Case, Fenced, Settings};
use crate::report::Report;
use kubectl::pattern;

/// Runs a case and notes what came of it.
pub fn case(settings: &Settings, case: &Case, report: &mut Report) {
    let Some(scenario) = scenario(settings) else {
        let line = case.blocks.first().map_or(0, |fenced| fenced.line);
        report.broken(&case.heading, line, "there is no such scenario or network plugin");
        return;
    };
    let mut shell = Shell::new(Cluster::new(scenario));
    // Findings wait for the block that expects them; errors that none does are a failure.
    let mut findings: Option<Findings> = None;
    for fenced in &case.blocks {
        let expected = &fenced.text;
        if !matches!(fenced.block, Block::Diagnostics) {
            complain(&mut findings, case, report);
        }
        let actual = match &fenced.block {
            Block::Yaml { file, applied } => {
                findings = Some(yaml(&mut shell, fenced, file, *applied));
                continue;
            }
            Block::Diagnostics => findings.take().map(|found| found.text).unwrap_or_default(),
            Block::Console => console(&mut shell, expected),
            Block::Trace { from, to } => {
                let request = shell.cluster.place(from).and_then(|place| Request::to(place, to));
                match request {
                    Ok(request) => trace::explain::render(&shell.cluster.send(&request)),
                    Err(problem) => format!("{problem}\n"),
                }
            }
            Block::Table { port, udp } => table(&mut shell, expected, *port, *udp),
        };
        report.compare(&case.heading, fenced.line, fenced.content.clone(), expected, actual);
    }
    complain(&mut findings, case, report);
    report.journeys.extend(shell.cluster.journeys().iter().cloned());
}

/// What was found about a manifest.
struct Findings {
    line: usize,
    text: String,
    refused: bool,
}

fn complain(findings: &mut Option<Findings>, case: &Case, report: &mut Report) {
    if let Some(found) = findings.take()
        && found.refused
    {
        report.broken(&case.heading, found.line, &format!("nothing expects this:\n{}", found.text));
    }
}

fn scenario(settings: &Settings) -> Option<Scenario> {
    let mut scenario = match &settings.scenario {
        Some(name) => Scenario::named(name)?,
        None => Scenario::opening().bare(),
    };
    if let Some(seed) = settings.seed {
        scenario.seed = seed;
    }
    if let Some(cni) = &settings.cni {
        scenario.cni = cni.parse().ok()?;
    }
    if let Some(load_balancer) = &settings.load_balancer {
        scenario.load_balancer = load_balancer.parse().ok()?;
    }
    if let Some(ingress) = &settings.ingress {
        scenario.ingress = ingress.parse().ok()?;
    }
    Some(scenario)
}

fn yaml(shell: &mut Shell, fenced: &Fenced, file: &str, applied: bool) -> Findings {
    let source = SourceFile { name: file.to_owned(), text: fenced.text.clone() };
    shell.files.insert(source.name.clone(), source.text.clone());
    let files = [source];
    let answer = if applied { shell.cluster.apply(&files) } else { shell.cluster.check(&files) };
    Findings {
        line: fenced.line,
        text: answer.findings.iter().map(|found| findings::text(found, &fenced.text)).collect(),
        // A file that is only there for a command may be wrong: the command will say so.
        refused: applied && answer.is_refused(),
    }
}

/// Runs the commands of a block; an expectation that fits is kept as it is written.
fn console(shell: &mut Shell, text: &str) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let mut command = lines[at].strip_prefix("$ ").unwrap_or(lines[at]).to_owned();
        writeln!(out, "{}", lines[at]).expect("a String takes every write");
        at += 1;
        // The text of a here-document stands below its command, up to its word.
        if let Some(word) = here_word(&command).map(str::to_owned) {
            while at < lines.len() {
                writeln!(out, "{}", lines[at]).expect("a String takes every write");
                command.push('\n');
                command.push_str(lines[at]);
                at += 1;
                if lines[at - 1] == word {
                    break;
                }
            }
        }
        let below = lines[at..].iter().take_while(|line| !line.starts_with("$ ")).count();
        let expected: String =
            lines[at..at + below].iter().map(|line| format!("{line}\n")).collect();
        at += below;
        let output = shell.run(&command, None).output;
        let mut actual = output.stdout;
        for part in [output.stderr, exit(output.code)] {
            if !actual.is_empty() && !actual.ends_with('\n') {
                actual.push('\n');
            }
            actual.push_str(&part);
        }
        if !actual.is_empty() && !actual.ends_with('\n') {
            actual.push('\n');
        }
        out.push_str(if pattern::fits(&expected, &actual) { &expected } else { &actual });
    }
    out
}

fn exit(code: i32) -> String {
    if code == 0 { String::new() } else { format!("[exit {code}]\n") }
}

fn here_word(command: &str) -> Option<&str> {
    let (_, after) = command.split_once("<<")?;
    after.split_whitespace().next().map(|word| word.trim_matches(['\'', '"']))
}

/// Fills in the cells of a table: its first line names who is asked, its first column who asks.
fn table(shell: &mut Shell, text: &str, port: u16, udp: bool) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let targets: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
    let sources: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    let width = sources.iter().map(|source| source.len()).max().unwrap_or(0);
    let mut out = format!("{:width$}", "");
    for target in &targets {
        write!(out, " {target}").expect("a String takes every write");
    }
    out.push('\n');
    for source in sources {
        write!(out, "{source:width$}").expect("a String takes every write");
        for target in &targets {
            let cell = cell(shell, source, target, port, udp);
            write!(out, " {cell:<width$}", width = target.len())
                .expect("a String takes every write");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

fn cell(shell: &mut Shell, source: &str, target: &str, port: u16, udp: bool) -> char {
    let pod = |text: &str| {
        let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
        ObjectRef::new(Kind::Pod, namespace, name)
    };
    let to = pod(target);
    let snapshot = shell.cluster.snapshot();
    let address = snapshot.get(&to).and_then(|object| {
        let json = object.to_json();
        json.pointer("/status/podIP").and_then(|address| address.as_str()).map(str::to_owned)
    });
    // What is no Pod is a name to look up.
    let host = address.unwrap_or_else(|| target.to_owned());
    let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
    let request = Request {
        from: Place::Pod(pod(source)),
        kind: RequestKind::Connect { host, port, protocol, source_port: None },
        timeout: Some(std::time::Duration::from_secs(1)),
        resolver: None,
    };
    match shell.cluster.send(&request).outcome {
        Outcome::Http { .. } | Outcome::Connected | Outcome::Closed | Outcome::Resolved(_) => '.',
        Outcome::Refused => 'R',
        Outcome::Unresolved { .. } => 'N',
        Outcome::Unreachable => 'U',
        Outcome::TimedOut => 'X',
        Outcome::TlsFailed { .. } | Outcome::Invalid { .. } => '?',
    }
}

#[cfg(test)]
mod tests {
    fn failures(text: &str) -> String {
        crate::check(text).expect("the file is well formed").failures()
    }

    #[test]
    fn a_right_expectation_passes_and_a_wrong_one_fails() {
        assert_eq!(failures("## A\n```console\n$ echo a\na\n$ false\n[exit 1]\n```\n"), "");
        let wrong = failures("## A\n```console\n$ echo a\nb\n```\n");
        assert!(
            wrong.contains("-b") && wrong.contains("+a") && wrong.contains("line 2: A"),
            "{wrong}"
        );
        assert!(!failures("## A\n```console\n$ echo a\n```\n").is_empty());
        assert!(!failures("## A\n```console\n$ echo a\na\nb\n```\n").is_empty());
    }

    #[test]
    fn updating_makes_it_right_and_keeps_what_fits() {
        let text = "## A\n\nWhy.\n\n```console\n$ echo abc\na…\n$ echo b\nc\n```\n";
        let updated = crate::check(text).unwrap().updated(text);
        assert_eq!(updated, "## A\n\nWhy.\n\n```console\n$ echo abc\na…\n$ echo b\nb\n```\n");
        assert_eq!(failures(&updated), "");
    }

    #[test]
    fn a_refused_manifest_must_be_expected() {
        let text = "## A\n```yaml cluster\nkind: Pod\n```\n```console\n$ true\n```\n";
        assert!(failures(text).contains("nothing expects this"));
    }

    #[test]
    fn commands_read_here_documents() {
        assert_eq!(failures("## A\n```console\n$ cat <<EOF\na\nEOF\na\n```\n"), "");
    }
}
