//! Paths to fields, written as the API server writes them: `spec.ports[0].targetPort`.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation/field.Path`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Segment {
    /// A field of an object, written `.name`.
    Field(String),
    /// An item of a list, written `[0]`.
    Index(usize),
    /// A key of a map, written `[key]`.
    Key(String),
}

/// A path from an object's root to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldPath(pub Vec<Segment>);

impl FieldPath {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of one field name, or of several joined by dots (`FieldPath::of("spec.selector")`).
    pub fn of(fields: &str) -> Self {
        Self(
            fields.split('.').filter(|f| !f.is_empty()).map(|f| Segment::Field(f.into())).collect(),
        )
    }

    /// This path and then a field, or several joined by dots.
    pub fn child(&self, fields: &str) -> Self {
        let mut path = self.clone();
        path.0.extend(Self::of(fields).0);
        path
    }

    /// This path and then one field, whose name may hold dots.
    pub fn child_named(&self, field: impl Into<String>) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Field(field.into()));
        path
    }

    /// This path and then an item of the list it names.
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }

    /// This path and then a key of the map it names.
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Key(key.into()));
        path
    }

    /// The path without its last step; the root's parent is the root.
    pub fn parent(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if position == 0 => write!(f, "{name}")?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_api_server_writes_it() {
        let path = FieldPath::of("spec.ports").index(0).child("targetPort");
        assert_eq!(path.to_string(), "spec.ports[0].targetPort");
        assert_eq!(FieldPath::of("metadata.labels").key("app").to_string(), "metadata.labels[app]");
    }
}
