//! What an object is called: its kind, namespace and name, as `kubectl` and events refer to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Kind;

/// A reference to one object; `namespace` is empty for cluster-scoped kinds.
///
/// The order is kind, then namespace, then name, which is the order of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The object's kind.
    pub kind: Kind,
    /// The namespace, empty for cluster-scoped kinds.
    pub namespace: String,
    /// The object's `metadata.name`.
    pub name: String,
}

impl ObjectRef {
    /// A reference to a namespaced object, or to a cluster-scoped one if `namespace` is empty.
    pub fn new(kind: Kind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// A reference to a cluster-scoped object.
    pub fn cluster(kind: Kind, name: impl Into<String>) -> Self {
        Self::new(kind, "", name)
    }

    /// `namespace/name`, or only `name` for cluster-scoped objects.
    pub fn namespaced_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// Writes `pod/default/frontend`, the form the command line and the page use.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.resource().singular, self.namespaced_name())
    }
}
