//! The fields of a block's YAML: each read by its name, and what is wrong with it noted.

use std::ops::Range;

use manifest::Span;
use manifest::yaml::{Content, Node, load};

use crate::lesson::Finding;
use crate::prose::{self, Inline};

/// What is found in a file.
pub(super) struct Report<'t> {
    pub text: &'t str,
    pub findings: Vec<Finding>,
}

impl<'t> Report<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, findings: Vec::new() }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        self.text[..at].matches('\n').count() + 1
    }

    pub fn note(&mut self, at: usize, message: impl Into<String>) -> &mut Finding {
        let line = self.line(at);
        self.note_line(line, message)
    }

    pub fn note_line(&mut self, line: usize, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding { line, message: message.into(), hint: None });
        self.findings.last_mut().expect("one was pushed")
    }

    /// A word that is none of those known.
    pub fn unknown(&mut self, at: usize, what: &str, word: &str, known: &[&str]) {
        let hint = match manifest::nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        self.note(at, format!("`{word}` is no {what}")).hint = Some(hint);
    }

    /// The YAML of some bytes of the file.
    pub fn yaml(&mut self, range: Range<usize>) -> Option<Node> {
        let (start, end) = (range.start, range.end);
        match load(self.text, Span { start, end }) {
            Ok(loaded) => {
                for duplicate in loaded.duplicates {
                    self.note(duplicate.second.start, format!("`{}` stands twice", duplicate.key));
                }
                if loaded.root.is_none() {
                    self.note(start, "the block is empty");
                }
                loaded.root
            }
            Err(error) => {
                let message = error.to_string();
                let message =
                    message.strip_prefix("error converting YAML to JSON: ").unwrap_or(&message);
                self.note(error.span.start, message.to_owned()).hint =
                    Some("put text with `: ` or ` #` in it between quotes".into());
                None
            }
        }
    }
}

/// A map of fields.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n> {
    pub node: &'n Node,
}

impl<'n> Fields<'n> {
    /// The fields of a node, all of which must be known.
    pub fn of(report: &mut Report<'_>, node: &'n Node, what: &str, known: &[&str]) -> Option<Self> {
        let Some(entries) = node.entries() else {
            report.note(node.span.start, format!("fields of {what} are expected")).hint =
                Some(format!("as in `{}: …`", known.first().unwrap_or(&"key")));
            return None;
        };
        for (key, entry) in entries {
            if !known.contains(&key.as_str()) {
                report.unknown(entry.key_span.start, &format!("field of {what}"), key, known);
            }
        }
        Some(Self { node })
    }

    pub fn text(&self, report: &mut Report<'_>, key: &str) -> Option<String> {
        let node = self.node.get(key)?;
        let text = scalar(report, node);
        if text.is_none() {
            report.note(node.span.start, format!("`{key}` takes one text"));
        }
        text
    }

    /// A text that must be there.
    pub fn required(&self, report: &mut Report<'_>, key: &str) -> String {
        if self.node.get(key).is_none() {
            report.note(self.node.span.start, format!("`{key}` is missing"));
        }
        self.text(report, key).unwrap_or_default()
    }

    pub fn number<T: std::str::FromStr>(&self, report: &mut Report<'_>, key: &str) -> Option<T> {
        let text = self.text(report, key)?;
        let number = text.parse().ok();
        if number.is_none() {
            let at = self.node.get(key).map_or(0, |node| node.span.start);
            report.note(at, format!("`{key}` takes a number, not `{text}`"));
        }
        number
    }

    pub fn flag(&self, report: &mut Report<'_>, key: &str) -> bool {
        match self.node.get(key).map(|node| (&node.content, node.span)) {
            None => false,
            Some((Content::Bool(flag), _)) => *flag,
            Some((_, span)) => {
                report.note(span.start, format!("`{key}` takes `true` or `false`"));
                false
            }
        }
    }

    /// A list of texts, or one text.
    pub fn texts(&self, report: &mut Report<'_>, key: &str) -> Vec<String> {
        let Some(node) = self.node.get(key) else { return Vec::new() };
        match &node.content {
            Content::Sequence(items) => {
                items.iter().filter_map(|item| scalar(report, item)).collect()
            }
            _ => self.text(report, key).into_iter().collect(),
        }
    }

    /// A text with Markdown in it.
    pub fn inline(&self, report: &mut Report<'_>, key: &str) -> Vec<Inline> {
        let Some(text) = self.text(report, key) else { return Vec::new() };
        let (line, refused) = prose::read_inline(&text);
        let at = self.node.get(key).map_or(0, |node| node.span.start);
        for (_, what) in refused {
            report.note(at, format!("{what} is not shown"));
        }
        line
    }

    /// A value as its type reads it.
    pub fn parsed<T: std::str::FromStr<Err = String>>(
        &self,
        report: &mut Report<'_>,
        key: &str,
    ) -> Option<T> {
        let text = self.text(report, key)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                let at = self.node.get(key).map_or(0, |node| node.span.start);
                report.note(at, problem);
                None
            }
        }
    }
}

/// A scalar as it is written.
pub(super) fn scalar(report: &Report<'_>, node: &Node) -> Option<String> {
    match &node.content {
        Content::String(text) => Some(text.clone()),
        Content::Bool(_) | Content::Int(_) | Content::Float(_) => {
            Some(report.text[node.span.start..node.span.end].trim().to_owned())
        }
        Content::Null | Content::Sequence(_) | Content::Mapping(_) => None,
    }
}
