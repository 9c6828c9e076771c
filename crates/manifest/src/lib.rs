//! YAML text to typed Kubernetes objects, with spans and diagnostics.
//!
//! This crate names things: kinds, objects, references, field paths, findings. It reads text and
//! never fails on it. It decides nothing about admission; that is `apiserver`.

mod diagnostic;
mod field_path;
pub mod gateway;
mod kind;
mod object;
mod object_ref;

pub use diagnostic::{Diagnostic, Severity, Span};
pub use field_path::{FieldPath, Segment};
pub use kind::{Kind, Resource};
pub use object::{Object, Other, Typed};
pub use object_ref::ObjectRef;
