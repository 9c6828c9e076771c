//! What is wrong with a person's text, where, and what to do about it.
//!
//! The message is the real tool's own sentence where there is one; the hint and the place are ours.

use serde::{Deserialize, Serialize};

use crate::{FieldPath, ObjectRef};

/// A range of bytes in a source text, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Refused: nothing was changed.
    Error,
    /// Accepted, as the real one accepts it, but probably not what was meant.
    Warning,
    /// Accepted and stored, but Podhop does not simulate it.
    NotSimulated,
}

/// One finding about a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The sentence, in the words of the API server or `kubectl` where they have one.
    pub message: String,
    /// What to do, in our words.
    pub hint: Option<String>,
    /// The object it is about, once that is known.
    pub object: Option<ObjectRef>,
    /// The field it is about.
    pub path: Option<FieldPath>,
    /// Where in the text.
    pub span: Option<Span>,
    /// A page of documentation about the field or the mistake.
    pub documentation: Option<String>,
}

impl Diagnostic {
    /// A finding with a message only.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            hint: None,
            object: None,
            path: None,
            span: None,
            documentation: None,
        }
    }

    /// An error with a message only.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning with a message only.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// The same finding with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same finding about an object.
    pub fn about(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }

    /// The same finding at a field.
    pub fn at(mut self, path: FieldPath) -> Self {
        self.path = Some(path);
        self
    }

    /// The same finding at a place in the text.
    pub fn span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
}
