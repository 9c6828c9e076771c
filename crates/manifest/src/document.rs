//! A document of a text: where it stands, what object it is, or why it is none.

use serde_json::Value;

use crate::decode::DecodeError;
use crate::yaml::Node;
use crate::{Diagnostic, FieldPath, Kind, Object, ObjectRef, Span};

/// A text that was read.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// Its documents in order; each item of a `List` is one.
    pub documents: Vec<Document>,
    /// All that is to be said about the text, in its order.
    pub diagnostics: Vec<Diagnostic>,
}

/// A document of a text, or an item of a list in it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its bytes.
    pub span: Span,
    /// The `apiVersion` as written, empty if there is none.
    pub api_version: String,
    /// Its kind, if the kind is served.
    pub kind: Option<Kind>,
    /// The object it is about; a namespaced one without a namespace is in `default`.
    pub reference: Option<ObjectRef>,
    /// The object, unless something was wrong.
    pub object: Option<Object>,
    /// What was wrong.
    pub error: Option<DecodeError>,
    /// The tree, if the text could be read as one.
    pub node: Option<Node>,
}

impl Document {
    /// The place of a field: its key and value, or those of the nearest field above that is written.
    pub fn locate(&self, path: &FieldPath) -> Option<Span> {
        self.node.as_ref().map(|node| node.locate(path))
    }

    /// The document as `kubectl` would send it: as written, with keys in byte order.
    pub fn as_json(&self) -> Value {
        self.node.as_ref().map_or(Value::Null, Node::to_json)
    }

    /// `metadata.name` as written, empty if there is none.
    pub fn name(&self) -> &str {
        self.metadata("name")
    }

    /// `metadata.namespace` as written, empty if there is none.
    pub fn namespace(&self) -> &str {
        self.metadata("namespace")
    }

    fn metadata(&self, field: &str) -> &str {
        let field = self.node.as_ref().and_then(|node| node.get("metadata")?.get(field)?.as_str());
        field.unwrap_or_default()
    }
}
