//! From a tree to a typed object, refusing what the API server refuses.
//!
//! One walk over the tree, led by the schema table, finds unknown fields and wrong types and makes
//! the JSON that the API server would have after decoding: amounts in their canonical form, nothing
//! where `null` was written. That JSON then becomes the typed object, which cannot fail for a reason
//! the walk did not see. So there is one deserializer only, and it needs to know nothing of places.

mod base64;
mod client;
mod custom;
mod error;
mod time;
mod walk;

pub use client::validate as validate_list;
pub use custom::walk as schema_walk;
pub use error::{DecodeError, TypeMismatch, UnknownField};

use serde_json::Value;

use crate::schema::{self, Struct};
use crate::yaml::Node;
use crate::{Kind, Object};

/// Decodes a document of a known kind as strictly as the API server does.
///
/// # Errors
/// The API server's refusal: the first wrong type, or all unknown fields.
pub fn decode(kind: Kind, api_version: &str, node: &Node) -> Result<Object, DecodeError> {
    let json = match schema::of(kind, api_version) {
        Some(owner) if owner.is_custom() => custom::normalize(kind, api_version, owner, node)?,
        Some(owner) => normalize(kind, api_version, owner, node)?,
        None => node.to_json(),
    };
    typed(kind, json)
}

/// What `kubectl` finds wrong with a document's metadata, whatever its kind.
///
/// Models `metadataValidatingDecoder` of `k8s.io/cli-runtime/pkg/resource`.
pub fn metadata(node: &Node) -> Option<TypeMismatch> {
    let mut walk = walk::Walk::new();
    walk.metadata(node);
    match walk.finish()? {
        walk::Failure::Mismatch(mismatch) => Some(mismatch),
        walk::Failure::Unknown(_) => None,
    }
}

/// Makes a typed object of JSON that an API server would have, such as that of a patch.
///
/// # Errors
/// As [`decode`]; an unknown field is no error here.
pub fn decode_json(kind: Kind, api_version: &str, json: &Value) -> Result<Object, DecodeError> {
    match decode(kind, api_version, &Node::from_json(json, crate::Span::default())) {
        Err(DecodeError::Unknown { .. }) => typed(kind, json.clone()),
        other => other,
    }
}

fn normalize(
    kind: Kind,
    api_version: &str,
    owner: &'static Struct,
    node: &Node,
) -> Result<Value, DecodeError> {
    let version = api_version.rsplit('/').next().unwrap_or_default().to_owned();
    let mut walk = walk::Walk::new();
    let json = walk.root(owner, node);
    match walk.finish() {
        Some(walk::Failure::Mismatch(mismatch)) => {
            Err(DecodeError::Mismatch { kind, version, mismatch })
        }
        Some(walk::Failure::Unknown(fields)) => Err(DecodeError::Unknown { kind, version, fields }),
        None => Ok(json),
    }
}

fn typed(kind: Kind, json: Value) -> Result<Object, DecodeError> {
    Object::from_json(kind, json)
        .map_err(|unfit| DecodeError::Undecodable { kind, problem: unfit.to_string() })
}
