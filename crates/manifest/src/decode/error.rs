//! Why a document became no object, in the words of `kubectl` and of the API server.

use std::fmt;

use crate::structural::{NOT_CHECKED, Violation};
use crate::yaml::YamlError;
use crate::{FieldPath, Kind, Span};

/// Why a document became no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The text is no YAML. `kubectl` reads no document after it.
    Yaml(YamlError),
    /// `kubectl` itself refuses the object: no kind, or a list that does not fit its schema.
    /// It reads no document after it.
    Client(Vec<String>),
    /// `kubectl` cannot make an object of it: an empty kind.
    Shape(String),
    /// `kubectl` cannot read the metadata.
    Metadata(TypeMismatch),
    /// No server serves the kind in this version.
    NoMatch {
        /// `metadata.name` as written.
        name: String,
        /// `metadata.namespace` as written.
        namespace: String,
        /// The kind as written.
        kind: String,
        /// The `apiVersion` as written.
        api_version: String,
        /// Whether it is an item of a list, of which `kubectl` says less.
        in_list: bool,
    },
    /// A value of a wrong type or form.
    Mismatch {
        /// The kind.
        kind: Kind,
        /// The version: `v1`.
        version: String,
        /// The first wrong value, as Go's decoder sees them.
        mismatch: TypeMismatch,
    },
    /// Fields the kind does not have.
    Unknown {
        /// The kind.
        kind: Kind,
        /// The version: `v1`.
        version: String,
        /// All of them, in upstream's order.
        fields: Vec<UnknownField>,
    },
    /// A custom resource that does not fit its schema.
    Structural {
        /// The kind.
        kind: Kind,
        /// `metadata.name` as written.
        name: String,
        /// Each place and what is wrong there.
        violations: Vec<Violation>,
    },
    /// A value that the schema table lets pass and the typed object cannot hold.
    Undecodable {
        /// The kind.
        kind: Kind,
        /// What is wrong.
        problem: String,
    },
}

/// A value of a wrong type or form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeMismatch {
    /// Go's sentence.
    pub sentence: String,
    /// The field.
    pub path: FieldPath,
    /// The value's place.
    pub span: Span,
    /// What Go calls the type that was wanted.
    pub wanted: String,
}

/// A field the kind does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// The field.
    pub path: FieldPath,
    /// The key's place.
    pub span: Span,
    /// The struct in which it was looked for.
    pub owner: &'static str,
}

impl DecodeError {
    /// Whether `kubectl` stops reading the file here; otherwise it goes on with the next document.
    pub fn ends_reading(&self) -> bool {
        match self {
            DecodeError::Yaml(_) | DecodeError::Client(_) => true,
            DecodeError::Shape(_)
            | DecodeError::Metadata(_)
            | DecodeError::NoMatch { .. }
            | DecodeError::Mismatch { .. }
            | DecodeError::Unknown { .. }
            | DecodeError::Structural { .. }
            | DecodeError::Undecodable { .. } => false,
        }
    }

    /// Whether `kubectl` finds it without asking the server.
    pub fn is_client_side(&self) -> bool {
        match self {
            DecodeError::Yaml(_)
            | DecodeError::Client(_)
            | DecodeError::Shape(_)
            | DecodeError::Metadata(_)
            | DecodeError::NoMatch { .. } => true,
            DecodeError::Mismatch { .. }
            | DecodeError::Unknown { .. }
            | DecodeError::Structural { .. }
            | DecodeError::Undecodable { .. } => false,
        }
    }

    /// What `kubectl` says of a file, without the word `error: ` in front; `source` is the file's
    /// name, or `STDIN`.
    ///
    /// For what the server finds it is the server's message, which `kubectl` prints after
    /// `Error from server (BadRequest): error when creating "STDIN": `; for a structural error it is
    /// the whole sentence, printed as it is (`The HTTPRoute "h" is invalid: …`).
    pub fn said_of(&self, source: &str) -> String {
        match self {
            DecodeError::Yaml(error) => format!("error parsing {source}: {error}"),
            DecodeError::Client(errors) => {
                let list = errors.join(", ");
                let list = if errors.len() == 1 { list } else { format!("[{list}]") };
                format!(
                    "error validating {source:?}: error validating data: {list}; if you choose to ignore these errors, turn validation off with --validate=false"
                )
            }
            DecodeError::Shape(_) | DecodeError::Metadata(_) => {
                format!("unable to decode {source:?}: {self}")
            }
            DecodeError::NoMatch { name, namespace, in_list: false, .. } => format!(
                "resource mapping not found for name: {name:?} namespace: {namespace:?} from {source:?}: {self}\nensure CRDs are installed first"
            ),
            DecodeError::NoMatch { in_list: true, .. } => format!("unable to recognize {self}"),
            DecodeError::Structural { kind, name, .. } => {
                format!("The {kind} {name:?} is invalid: {self}")
            }
            DecodeError::Mismatch { .. }
            | DecodeError::Unknown { .. }
            | DecodeError::Undecodable { .. } => self.to_string(),
        }
    }

    /// What is wrong, without the words every refusal of its class begins with.
    pub fn problem(&self) -> String {
        match self {
            DecodeError::Mismatch { mismatch, .. } => mismatch.sentence.clone(),
            DecodeError::Unknown { fields, .. } => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| format!("unknown field {:?}", field.path.to_string()))
                    .collect();
                format!("strict decoding error: {}", fields.join(", "))
            }
            DecodeError::Undecodable { problem, .. } => problem.clone(),
            DecodeError::Yaml(_)
            | DecodeError::Client(_)
            | DecodeError::Shape(_)
            | DecodeError::Metadata(_)
            | DecodeError::NoMatch { .. }
            | DecodeError::Structural { .. } => self.to_string(),
        }
    }
}

/// Writes the API server's message; for what `kubectl` finds itself, its sentence without the
/// file's name.
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Yaml(error) => write!(f, "{error}"),
            DecodeError::Client(errors) => f.write_str(&errors.join(", ")),
            DecodeError::Shape(problem) => f.write_str(problem),
            DecodeError::Metadata(mismatch) => f.write_str(&mismatch.sentence),
            DecodeError::NoMatch { kind, api_version, .. } => {
                write!(f, "no matches for kind {kind:?} in version {api_version:?}")
            }
            DecodeError::Mismatch { kind, version, .. }
            | DecodeError::Unknown { kind, version, .. } => {
                write!(
                    f,
                    "{kind} in version {version:?} cannot be handled as a {kind}: {}",
                    self.problem()
                )
            }
            DecodeError::Undecodable { kind, problem } => {
                write!(f, "{kind} cannot be handled as a {kind}: {problem}")
            }
            DecodeError::Structural { violations, .. } => {
                for violation in violations {
                    write!(f, "\n* {}: {}", violation.path, violation.message)?;
                }
                write!(f, "\n* <nil>: {NOT_CHECKED}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
