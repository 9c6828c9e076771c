//! Fenced blocks: what the words after the backticks say, and where the block goes.

use std::ops::Range;

use cluster::SourceFile;

use super::fields::Report;
use super::{elements, probes, questions};
use crate::lesson::{Action, Attempt, Block, Lesson};
use crate::transcript::Transcript;

/// Words that are a role by themselves.
const ROLES: &[&str] = &["predict", "watch", "checks", "hint", "recall", "note"];
/// Roles of `yaml` blocks.
const YAML: &[&str] = &["start", "solution", "wrong"];
/// Roles of `console` blocks.
const CONSOLE: &[&str] = &["start", "try", "solution", "wrong"];

/// A fenced block.
pub(super) struct Fence<'t> {
    /// The byte of its first line.
    pub at: usize,
    /// The words after the backticks.
    pub info: &'t str,
    /// The bytes of its content.
    pub content: Range<usize>,
    /// The byte after it.
    pub after: usize,
    /// Whether it ends before the file does.
    pub closed: bool,
}

impl<'t> Fence<'t> {
    /// The block that opens on the line that begins at a byte.
    pub fn open(text: &'t str, at: usize) -> Option<Self> {
        let line = text[at..].lines().next()?;
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            return None;
        }
        let start = (at + line.len() + 1).min(text.len());
        let mut end = start;
        for below in text[start..].split_inclusive('\n') {
            let trimmed = below.trim_end();
            if trimmed.len() >= ticks && trimmed.bytes().all(|byte| byte == b'`') {
                let after = end + below.len();
                let info = line[ticks..].trim();
                return Some(Self { at, info, content: start..end, after, closed: true });
            }
            end += below.len();
        }
        Some(Self {
            at,
            info: line[ticks..].trim(),
            content: start..end,
            after: end,
            closed: false,
        })
    }
}

/// Whether a block plays a role; one that seems to be meant to is reported.
pub(super) fn has_role(report: &mut Report<'_>, fence: &Fence<'_>) -> bool {
    let mut words = fence.info.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let known = match first {
        "yaml" => YAML,
        "console" => CONSOLE,
        _ if ROLES.contains(&first) => return true,
        _ => {
            if manifest::nearest(first, ROLES.iter().copied()).is_some() {
                report.unknown(fence.at, "role", first, ROLES);
            }
            return false;
        }
    };
    match second {
        None => false,
        Some(role) if known.contains(&role) => true,
        Some(role) => {
            report.unknown(fence.at, &format!("role of a `{first}` block"), role, known);
            false
        }
    }
}

/// Puts a block where it belongs.
pub(super) fn read(report: &mut Report<'_>, lesson: &mut Lesson, fence: &Fence<'_>) {
    let words = words(fence.info);
    let (language, rest) =
        words.split_first().map_or(("", &[][..]), |(one, rest)| (one.as_str(), rest));
    let (role, options) = match language {
        "yaml" | "console" => {
            rest.split_first().map_or(("", rest), |(role, options)| (role.as_str(), options))
        }
        role => (role, rest),
    };
    let options = Options::read(report, fence, options, language, role);
    let text = &report.text[fence.content.clone()];
    if role == "start" {
        let actions = match language {
            "yaml" => file(report, fence, &options).into_iter().collect(),
            _ => commands(report, fence),
        };
        match lesson.steps.last_mut() {
            Some(step) => step.start.extend(actions),
            None => lesson.start.extend(actions),
        }
        return;
    }
    if let ("", "note") | ("note", "note") = (language, role) {
        let note = Block::Note(elements(report, fence.content.start, text));
        match lesson.steps.last_mut() {
            Some(step) => step.blocks.push(note),
            None => lesson.introduction.push(note),
        }
        return;
    }
    let Some(step) = lesson.steps.last_mut() else {
        report.note(fence.at, format!("`{role}` stands before the first step")).hint =
            Some("a step begins with `## ` and a heading".into());
        return;
    };
    match role {
        "predict" => step.blocks.extend(questions::predict(report, fence).map(Block::Predict)),
        "recall" => step.blocks.extend(questions::predict(report, fence).map(Block::Recall)),
        "watch" => step.blocks.extend(questions::watch(report, fence).map(Block::Watch)),
        "hint" => step.hints.push(elements(report, fence.content.start, text)),
        "checks" => {
            if step.checks.is_empty() {
                step.blocks.push(Block::Checks);
            } else {
                report.note(fence.at, "a second block of checks").hint =
                    Some("one step has one list of checks".into());
            }
            step.checks.extend(probes::checks(report, fence));
        }
        "try" => step.blocks.push(Block::Try(transcript(report, fence))),
        "solution" | "wrong" => {
            let actions = match language {
                "yaml" => file(report, fence, &options).into_iter().collect(),
                _ => commands(report, fence),
            };
            if role == "solution" {
                step.solution.extend(actions);
                return;
            }
            // A block that says nothing is the first part of the next attempt.
            match step.wrong.last_mut().filter(|attempt| attempt.says.is_empty()) {
                Some(attempt) => {
                    attempt.actions.extend(actions);
                    attempt.says = options.says;
                }
                None => {
                    let line = report.line(fence.at);
                    step.wrong.push(Attempt { line, actions, says: options.says });
                }
            }
        }
        _ => {}
    }
}

/// `key=value` and flags after the role.
#[derive(Default)]
struct Options {
    file: Option<String>,
    says: String,
    hidden: bool,
    draft: bool,
}

impl Options {
    fn read(
        report: &mut Report<'_>,
        fence: &Fence<'_>,
        words: &[String],
        language: &str,
        role: &str,
    ) -> Self {
        let known: &[&str] = match (language, role) {
            ("yaml", "start") => &["file", "hidden", "draft"],
            ("yaml", "wrong") => &["file", "says"],
            ("yaml", _) => &["file"],
            ("console", "wrong") => &["says"],
            _ => &[],
        };
        let mut options = Self::default();
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            if !known.contains(&key) {
                if known.is_empty() {
                    report.note(fence.at, format!("`{role}` takes no `{key}`"));
                } else {
                    report.unknown(fence.at, &format!("option of `{role}`"), key, known);
                }
                continue;
            }
            match key {
                "file" => options.file = Some(value.to_owned()),
                "says" => options.says = value.to_owned(),
                "hidden" => options.hidden = true,
                _ => options.draft = true,
            }
        }
        options
    }
}

fn file(report: &mut Report<'_>, fence: &Fence<'_>, options: &Options) -> Option<Action> {
    let text = report.text[fence.content.clone()].to_owned();
    let Some(name) = options.file.clone().filter(|name| !name.is_empty()) else {
        report.note(fence.at, "the block does not say which file it is").hint =
            Some("add `file=service.yaml`".into());
        return None;
    };
    let file = SourceFile { name, text };
    Some(match (options.hidden, options.draft) {
        (true, _) => Action::Hidden(file),
        (_, true) => Action::Draft(file),
        _ => Action::File(file),
    })
}

fn transcript(report: &mut Report<'_>, fence: &Fence<'_>) -> Transcript {
    let text = &report.text[fence.content.clone()];
    let line = report.line(fence.content.start);
    let (transcript, stray) = Transcript::read(text, fence.content.start, line);
    if let Some(line) = stray {
        report.note_line(line, "the text belongs to no command").hint =
            Some("a command begins with `$ `".into());
    } else if transcript.tried.is_empty() {
        report.note(fence.at, "the block has no command").hint =
            Some("a command begins with `$ `".into());
    }
    transcript
}

fn commands(report: &mut Report<'_>, fence: &Fence<'_>) -> Vec<Action> {
    let transcript = transcript(report, fence);
    for tried in transcript.tried.iter().filter(|tried| !tried.prints.trim().is_empty()) {
        report.note_line(tried.line, "only `console try` says what commands print");
    }
    transcript.tried.into_iter().map(|tried| Action::Command(tried.command)).collect()
}

/// Words; `"…"` keeps spaces together.
fn words(info: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut characters = info.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' if quoted => word.extend(characters.next()),
            space if space.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
