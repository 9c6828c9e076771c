//! A text of shell run: what its words become, which commands run, and where their output goes.
//!
//! The same for the terminal and for `sh -c` inside a Pod or on a node: the [`Machine`] says which
//! programs and files there are.

use std::collections::BTreeMap;

use super::script::{Command, List, Piece, Pipeline, Redirection, Script, Stage, When, Word};
use super::syntax::parse;
use super::{arithmetic, builtin};
use crate::report::Output;

/// Where a shell runs.
pub trait Machine {
    /// Runs a program that the shell does not have itself.
    fn program(&mut self, words: &[String], stdin: &str) -> Output;
    /// The text of a file.
    fn file(&self, name: &str) -> Option<String>;
    /// Writes a file.
    fn write(&mut self, name: &str, text: &str, append: bool);
    /// The variables of the shell.
    fn variables(&mut self) -> &mut BTreeMap<String, String>;
}

/// As many rounds of a loop without an end of its own are run.
const MOST_ROUNDS: usize = 20;
/// As many commands are run for one text.
const MOST_COMMANDS: usize = 2_000;

/// Runs a text; `name` is what the shell calls itself.
pub fn run(machine: &mut dyn Machine, name: &str, text: &str, stdin: &str) -> Output {
    let Script { list, documents } = match parse(text) {
        Ok(script) => script,
        Err(problem) => return Output::failed(format!("{name}: {}\n", problem.text()), 2),
    };
    let mut shell = Interpreter {
        machine,
        name,
        documents: &documents,
        flow: Flow::On,
        status: 0,
        commands: 0,
    };
    shell.list(&list, &mut stdin.to_owned())
}

/// How it goes on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `exit`.
    Exit,
}

/// Where a stream goes.
#[derive(Clone)]
enum Sink {
    Output,
    Errors,
    File(String, bool),
}

struct Interpreter<'a> {
    machine: &'a mut dyn Machine,
    name: &'a str,
    documents: &'a [Word],
    flow: Flow,
    /// `$?`.
    status: i32,
    commands: usize,
}

impl Interpreter<'_> {
    fn list(&mut self, list: &List, input: &mut String) -> Output {
        let mut all = Output::default();
        for pipeline in list {
            let runs = match pipeline.when {
                When::Always => true,
                When::Succeeded => self.status == 0,
                When::Failed => self.status != 0,
            };
            if self.flow != Flow::On {
                break;
            }
            if runs {
                let output = self.pipeline(pipeline, input);
                add(&mut all, output);
                self.status = all.code;
            }
        }
        all
    }

    fn pipeline(&mut self, pipeline: &Pipeline, input: &mut String) -> Output {
        let mut output = Output::default();
        let mut errors = String::new();
        for (position, stage) in pipeline.stages.iter().enumerate() {
            let mut piped = output.stdout;
            output = self.stage(stage, if position == 0 { input } else { &mut piped });
            errors.push_str(&output.stderr);
        }
        let code = if pipeline.negated { i32::from(output.code == 0) } else { output.code };
        Output { stdout: output.stdout, stderr: errors, code }
    }

    fn stage(&mut self, stage: &Stage, input: &mut String) -> Output {
        let (mut output_to, mut errors_to) = (Sink::Output, Sink::Errors);
        let mut own_input = None;
        for redirection in &stage.redirections {
            match redirection {
                Redirection::Input(file) => {
                    let name = self.one(file);
                    match self.machine.file(&name) {
                        Some(text) => own_input = Some(text),
                        None => {
                            let said =
                                format!("{}: {name}: No such file or directory\n", self.name);
                            return Output::failed(said, 1);
                        }
                    }
                }
                Redirection::Text(word) => own_input = Some(self.one(word) + "\n"),
                Redirection::Document(number) => {
                    let documents = self.documents;
                    own_input = documents.get(*number).map(|document| self.one(document));
                }
                Redirection::Output { file, append } => {
                    output_to = Sink::File(self.one(file), *append);
                }
                Redirection::Errors { file, append } => {
                    errors_to = Sink::File(self.one(file), *append);
                }
                Redirection::Both(file) => {
                    output_to = Sink::File(self.one(file), false);
                    errors_to = output_to.clone();
                }
                Redirection::ErrorsToOutput => errors_to = output_to.clone(),
                Redirection::OutputToErrors => output_to = errors_to.clone(),
            }
        }
        let done = match &mut own_input {
            Some(own) => self.command(&stage.command, own),
            None => self.command(&stage.command, input),
        };
        if stage.redirections.is_empty() {
            return done;
        }
        let mut output = Output { code: done.code, ..Output::default() };
        let mut written: Option<String> = None;
        for (text, sink) in [(done.stdout, output_to), (done.stderr, errors_to)] {
            match sink {
                Sink::Output => output.stdout.push_str(&text),
                Sink::Errors => output.stderr.push_str(&text),
                Sink::File(name, _) if name == "/dev/null" => {}
                Sink::File(name, append) => {
                    let again = written.as_ref() == Some(&name);
                    self.machine.write(&name, &text, append || again);
                    written = Some(name);
                }
            }
        }
        output
    }

    fn command(&mut self, command: &Command, input: &mut String) -> Output {
        match command {
            Command::Simple { assignments, words } => self.simple(assignments, words, input),
            Command::For { name, words, body } => {
                let words = self.words(words);
                let mut all = Output::default();
                for word in words {
                    self.machine.variables().insert(name.clone(), word);
                    let output = self.list(body, input);
                    add(&mut all, output);
                    if self.ends_loop() {
                        break;
                    }
                }
                all
            }
            Command::While { until, condition, body } => {
                self.rounds(*until, condition, body, input)
            }
            Command::If { branches, otherwise } => {
                let mut all = Output::default();
                for (condition, then) in branches {
                    let asked = self.list(condition, input);
                    let holds = asked.code == 0;
                    add(&mut all, asked);
                    if holds {
                        self.status = 0;
                        let output = self.list(then, input);
                        add(&mut all, output);
                        return all;
                    }
                }
                self.status = 0;
                let output = self.list(otherwise, input);
                add(&mut all, output);
                all
            }
            Command::Group(list) => self.list(list, input),
            Command::Arithmetic(text) => {
                match arithmetic::evaluate(text, self.machine.variables()) {
                    Ok(value) => Output { code: i32::from(value == 0), ..Output::default() },
                    Err(problem) => Output::failed(format!("{}: {problem}\n", self.name), 1),
                }
            }
        }
    }

    fn rounds(&mut self, until: bool, condition: &List, body: &List, input: &mut String) -> Output {
        let mut all = Output::default();
        let mut code = 0;
        let mut rounds = 0;
        loop {
            let left = input.len();
            let asked = self.list(condition, input);
            let goes_on = (asked.code == 0) != until;
            add(&mut all, asked);
            if !goes_on || self.flow == Flow::Exit {
                break;
            }
            // A loop that reads its input to the end has an end.
            rounds += usize::from(input.len() == left);
            if rounds > MOST_ROUNDS {
                all.stderr.push_str(&format!(
                    "# stopped after {MOST_ROUNDS} rounds: a line's output is shown when the line has ended\n"
                ));
                break;
            }
            let output = self.list(body, input);
            code = output.code;
            add(&mut all, output);
            if self.ends_loop() {
                break;
            }
        }
        Output { code, ..all }
    }

    fn ends_loop(&mut self) -> bool {
        match self.flow {
            Flow::On => false,
            Flow::Continue => {
                self.flow = Flow::On;
                false
            }
            Flow::Break => {
                self.flow = Flow::On;
                true
            }
            Flow::Exit => true,
        }
    }

    fn simple(
        &mut self,
        assignments: &[(String, Word)],
        words: &[Word],
        input: &mut String,
    ) -> Output {
        self.commands += 1;
        if self.commands > MOST_COMMANDS {
            self.flow = Flow::Exit;
            return Output::failed(
                format!("# stopped after {MOST_COMMANDS} commands of one line\n"),
                1,
            );
        }
        let words = self.words(words);
        let mut before = Vec::new();
        for (name, value) in assignments {
            let value = self.one(value);
            before.push((name, self.machine.variables().insert(name.clone(), value)));
        }
        let Some((program, arguments)) = words.split_first() else { return Output::default() };
        let output = match program.as_str() {
            "break" => self.leave(Flow::Break),
            "continue" => self.leave(Flow::Continue),
            "exit" | "return" => {
                let code = arguments.first().and_then(|code| code.parse().ok());
                self.flow = Flow::Exit;
                Output { code: code.unwrap_or(self.status), ..Output::default() }
            }
            "eval" => {
                let text = arguments.join(" ");
                match parse(&text) {
                    Ok(script) => self.list(&script.list, input),
                    Err(problem) => {
                        Output::failed(format!("{}: {}\n", self.name, problem.text()), 2)
                    }
                }
            }
            _ => match builtin::run(self.machine.variables(), program, arguments, input) {
                Some(output) => output,
                None => self.machine.program(&words, input),
            },
        };
        // What stands before a command holds for it alone.
        for (name, value) in before {
            match value {
                Some(value) => self.machine.variables().insert(name.clone(), value),
                None => self.machine.variables().remove(name),
            };
        }
        output
    }

    fn leave(&mut self, flow: Flow) -> Output {
        self.flow = flow;
        Output::default()
    }

    fn words(&mut self, words: &[Word]) -> Vec<String> {
        let mut all = Vec::new();
        for word in words {
            self.fields(word, &mut all);
        }
        all
    }

    /// A word as one text.
    fn one(&mut self, word: &Word) -> String {
        let values = word.0.iter().map(|piece| self.value(piece)).collect::<Vec<_>>();
        values.concat()
    }

    /// A word as the words that it becomes: what is not quoted is split at its spaces.
    fn fields(&mut self, word: &Word, all: &mut Vec<String>) {
        let mut current: Option<String> = None;
        for piece in &word.0 {
            let splits = match piece {
                Piece::Variable { quoted, .. } | Piece::Output { quoted, .. } => !quoted,
                Piece::Text { .. } | Piece::Arithmetic(_) => false,
            };
            let value = self.value(piece);
            if !splits {
                current.get_or_insert_default().push_str(&value);
                continue;
            }
            if value.starts_with(char::is_whitespace) {
                all.extend(current.take());
            }
            let mut parts = value.split_whitespace();
            if let Some(first) = parts.next() {
                current.get_or_insert_default().push_str(first);
            }
            for part in parts {
                all.extend(current.replace(part.to_owned()));
            }
            if value.ends_with(char::is_whitespace) {
                all.extend(current.take());
            }
        }
        all.extend(current);
    }

    fn value(&mut self, piece: &Piece) -> String {
        match piece {
            Piece::Text { text, .. } => text.clone(),
            Piece::Variable { name, otherwise, .. } => match name.as_str() {
                "?" => self.status.to_string(),
                "$" => "1".into(),
                "#" => "0".into(),
                _ => {
                    let value = self.machine.variables().get(name).cloned().unwrap_or_default();
                    if value.is_empty() { otherwise.clone() } else { value }
                }
            },
            Piece::Output { list, .. } => {
                let output = self.list(list, &mut String::new());
                self.status = output.code;
                output.stdout.trim_end_matches('\n').to_owned()
            }
            Piece::Arithmetic(text) => arithmetic::evaluate(text, self.machine.variables())
                .map_or_else(|_| String::new(), |value| value.to_string()),
        }
    }
}

/// Adds what a command did to what was done before it.
fn add(all: &mut Output, output: Output) {
    all.stdout.push_str(&output.stdout);
    all.stderr.push_str(&output.stderr);
    all.code = output.code;
}
