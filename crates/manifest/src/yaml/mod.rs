//! YAML and JSON text as a tree that knows where each of its nodes stands.
//!
//! Reads what go-yaml v2 reads, because `kubectl` reads manifests with it (through
//! `sigs.k8s.io/yaml`): the same scalars (`yes` is a bool, `010` is 8), the same merge keys, the
//! same problems in the same words and lines. The parser is `libyaml-safer`, a port of libyaml as
//! go-yaml is one.

mod documents;
mod error;
mod json_problem;
mod limits;
mod load;
mod number;
mod scalar;

use std::collections::BTreeMap;

use serde_json::Value;

pub use documents::{Chunk, split};
pub use error::{Problem, YamlError};
pub use limits::{MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, MAX_TEXT};
pub use load::{Duplicate, Loaded, load, load_json};
pub(crate) use number::go_float;
pub(crate) use scalar::reads_as_text;

use crate::{FieldPath, Segment, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value's bytes in the text.
    pub span: Span,
    /// The value.
    pub content: Content,
    /// Whether it is a scalar written without quotes.
    pub plain: bool,
}

/// A value as `kubectl` sends it on.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `yes`, `on`, … and their opposites.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A map; the last of equal keys won.
    Mapping(BTreeMap<String, Entry>),
}

/// A key of a map and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's bytes in the text.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Key and value.
    pub fn span(&self) -> Span {
        let end = self.value.span.end.max(self.key_span.end);
        // A value that an alias brought stands elsewhere in the text.
        if self.value.span.start < self.key_span.start {
            self.key_span
        } else {
            Span { start: self.key_span.start, end }
        }
    }
}

impl Node {
    /// The map's entry of that key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().and_then(|entries| entries.get(key))
    }

    /// The map's value of that key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The map's entries, if it is one.
    pub fn entries(&self) -> Option<&BTreeMap<String, Entry>> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Float(_)
            | Content::String(_)
            | Content::Sequence(_) => None,
        }
    }

    /// The list's items; none if it is no list.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::Sequence(items) => items,
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Float(_)
            | Content::String(_)
            | Content::Mapping(_) => &[],
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::String(text) => Some(text),
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Float(_)
            | Content::Sequence(_)
            | Content::Mapping(_) => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// The node as JSON.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Int(value) => Value::from(*value),
            Content::Float(value) => Value::from(*value),
            Content::String(text) => Value::String(text.clone()),
            Content::Sequence(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Content::Mapping(entries) => Value::Object(
                entries.iter().map(|(key, entry)| (key.clone(), entry.value.to_json())).collect(),
            ),
        }
    }

    /// A tree without places, all at `span`.
    pub fn from_json(value: &Value, span: Span) -> Node {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(value) => Content::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Content::Int(value),
                None => number::from_float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Content::String(text.clone()),
            Value::Array(items) => {
                Content::Sequence(items.iter().map(|item| Node::from_json(item, span)).collect())
            }
            Value::Object(entries) => Content::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| {
                        (key.clone(), Entry { key_span: span, value: Node::from_json(value, span) })
                    })
                    .collect(),
            ),
        };
        Node { span, content, plain: false }
    }

    /// The place of a field: its key and value, or that of the nearest one above that is written.
    pub fn locate(&self, path: &FieldPath) -> Span {
        let mut node = self;
        let mut span = self.span;
        for segment in &path.0 {
            match segment {
                Segment::Field(name) | Segment::Key(name) => match node.entry(name) {
                    Some(entry) => (node, span) = (&entry.value, entry.span()),
                    None => break,
                },
                Segment::Index(index) => match node.items().get(*index) {
                    Some(item) => (node, span) = (item, item.span),
                    None => break,
                },
            }
        }
        span
    }

    /// The node that a path leads to.
    pub fn at(&self, path: &FieldPath) -> Option<&Node> {
        path.0.iter().try_fold(self, |node, segment| match segment {
            Segment::Field(name) | Segment::Key(name) => node.get(name),
            Segment::Index(index) => node.items().get(*index),
        })
    }
}
