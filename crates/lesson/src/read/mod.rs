//! From a Markdown file to a lesson and everything that is wrong with it. Never fails.
//!
//! A file is cut by its lines: front matter between `---`, a step at each `## `, blocks between
//! fences whose first words name a role. What is left between them is prose.

mod block;
mod fields;
mod front;
mod probes;
mod questions;

use crate::lesson::{About, Block, Finding, Kind, Lesson, Step};
use crate::prose;
use block::Fence;
use fields::Report;

/// A step has at most so many hints.
const MAXIMUM_HINTS: usize = 4;

/// Reads a lesson. `name` is the file's: `course/03-pod-ips-are-not-permanent.md`.
pub fn read(name: &str, text: &str) -> (Lesson, Vec<Finding>) {
    let mut report = Report::new(text);
    let mut lesson = Lesson::default();
    let body = match front_matter(text) {
        Some((front, body)) => {
            lesson.about = front::read(&mut report, front.clone());
            front::judge(&mut report, name, &lesson.about);
            body
        }
        None => {
            report.note_line(1, "there is no front matter").hint =
                Some("begin the file with `---`, `id: …`, `title: …`, `kind: …`, `---`".into());
            0
        }
    };
    Body { report: &mut report, lesson: &mut lesson, has_title: false }.read(body);
    judge(&mut report, &lesson);
    let mut findings = report.findings;
    findings.sort_unstable();
    (lesson, findings)
}

/// Reads only the front matter, given without the lines `---`.
pub fn about(front: &str) -> About {
    front::read(&mut Report::new(front), 0..front.len())
}

/// The bytes of the front matter, and where the body begins.
fn front_matter(text: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let start = text.strip_prefix("---\n").map(|_| 4)?;
    let end = start + text[start..].find("\n---\n").map(|at| at + 1)?;
    Some((start..end, end + 4))
}

/// The body under way.
struct Body<'r, 't> {
    report: &'r mut Report<'t>,
    lesson: &'r mut Lesson,
    has_title: bool,
}

impl Body<'_, '_> {
    fn read(&mut self, from: usize) {
        let text = self.report.text;
        let mut at = from;
        let mut prose_start = from;
        while at < text.len() {
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            let line = text[at..end].trim_end();
            if let Some(fence) = Fence::open(text, at) {
                if fence.info.is_empty() || !block::has_role(self.report, &fence) {
                    at = fence.after;
                    continue;
                }
                self.prose(prose_start, at);
                if !fence.closed {
                    self.report.note(at, "the block is not closed").hint =
                        Some("close it with as many backticks as opened it".into());
                }
                block::read(self.report, self.lesson, &fence);
                at = fence.after;
                prose_start = at;
                continue;
            }
            if let Some(title) = line.strip_prefix("## ") {
                self.prose(prose_start, at);
                let line = self.report.line(at);
                let title = title.trim().to_owned();
                self.lesson.steps.push(Step { title, line, ..Step::default() });
                prose_start = end;
            } else if let Some(title) = line.strip_prefix("# ") {
                self.prose(prose_start, at);
                self.title(at, title.trim());
                prose_start = end;
            }
            at = end;
        }
        self.prose(prose_start, text.len());
        if !self.has_title {
            let hint = format!("write `# {}` below the front matter", self.lesson.about.title);
            self.report.note(from, "the file has no title").hint = Some(hint);
        }
    }

    fn title(&mut self, at: usize, title: &str) {
        if self.has_title {
            self.report.note(at, "a second title").hint = Some("a step begins with `## `".into());
        } else if !self.lesson.about.title.is_empty() && title != self.lesson.about.title {
            let message = format!(
                "the title is `{title}`, the front matter says `{}`",
                self.lesson.about.title
            );
            self.report.note(at, message);
        }
        self.has_title = true;
    }

    fn prose(&mut self, start: usize, end: usize) {
        let text = &self.report.text[start..end];
        if text.trim().is_empty() {
            return;
        }
        let elements = elements(self.report, start, text);
        match self.lesson.steps.last_mut() {
            Some(step) => step.blocks.push(Block::Prose(elements)),
            None => self.lesson.introduction.push(Block::Prose(elements)),
        }
    }
}

/// Prose that begins at a byte of the file.
fn elements(report: &mut Report<'_>, start: usize, text: &str) -> Vec<prose::Element> {
    let (elements, refused) = prose::read(text);
    for (at, what) in refused {
        report.note(start + at, format!("{what} is not shown")).hint =
            Some("write it in plain Markdown".into());
    }
    elements
}

/// What is wrong with a lesson as a whole.
fn judge(report: &mut Report<'_>, lesson: &Lesson) {
    if lesson.steps.is_empty() && lesson.about.kind != Kind::Exam {
        report.note_line(1, "the lesson has no step").hint =
            Some("a step begins with `## ` and a heading".into());
    }
    for step in &lesson.steps {
        let can_be_done = !step.solution.is_empty()
            || step.blocks.iter().any(|block| matches!(block, Block::Try(_)));
        if !step.checks.is_empty() && !can_be_done {
            report.note_line(step.line, format!("nothing solves the step `{}`", step.title)).hint =
                Some("add a `yaml solution` or `console solution` block".into());
        }
        if step.checks.is_empty() && !step.wrong.is_empty() {
            report.note_line(
                step.line,
                format!("the step `{}` has wrong attempts, but no checks", step.title),
            );
        }
        if step.hints.len() > MAXIMUM_HINTS {
            report.note_line(
                step.line,
                format!("the step `{}` has more than {MAXIMUM_HINTS} hints", step.title),
            );
        }
        for attempt in step.wrong.iter().filter(|attempt| attempt.says.is_empty()) {
            report.note_line(attempt.line, "nobody says what comes of the wrong attempt").hint =
                Some("add `says=\"…\"`: what a failed check must observe".into());
        }
    }
    let has_checks = lesson.steps.iter().any(|step| !step.checks.is_empty());
    for step in &lesson.steps {
        for block in &step.blocks {
            let Block::Prose(elements) = block else { continue };
            for link in prose::links(elements) {
                let Some(anchor) = link.strip_prefix('#') else { continue };
                if !lesson.steps.iter().any(|step| step.anchor() == anchor) {
                    let message = format!("`{link}` leads to no step of this file");
                    report.note_line(step.line, message).hint =
                        Some("write the words of a heading in small letters, joined by `-`".into());
                }
            }
        }
    }
    if matches!(lesson.about.kind, Kind::Fault | Kind::Task) && !has_checks {
        report.note_line(1, "a fault or a task needs checks").hint =
            Some("add a `checks` block to a step".into());
    }
}

#[cfg(test)]
mod tests;
