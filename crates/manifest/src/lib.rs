//! YAML text to typed Kubernetes objects, with spans and diagnostics.
//!
//! This crate names things: kinds, objects, references, field paths, findings. It reads text and
//! never fails on it. It decides nothing about admission; that is `apiserver`.

pub mod assist;
mod decode;
mod diagnose;
mod diagnostic;
mod document;
mod field_path;
pub mod gateway;
pub mod int_or_string;
mod kind;
mod object;
mod object_ref;
pub mod quantity;
mod read;
mod reflect;
pub mod schema;
pub mod selector;
pub mod structural;
mod write;
pub mod yaml;

pub use decode::{DecodeError, TypeMismatch, UnknownField, decode_json};
pub use diagnose::{documentation, nearest, suggestion};
pub use diagnostic::{Diagnostic, Severity, Span};
pub use document::{Document, Manifest};
pub use field_path::{FieldPath, Segment};
pub use kind::{Kind, Resource};
pub use object::{Object, Other, Typed};
pub use object_ref::ObjectRef;
pub use quantity::Quantity;
pub use read::read;
pub use reflect::{Mismatch, Reflect, from_json, to_json};
pub use write::{write, write_json};
