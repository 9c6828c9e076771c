//! Decoding of Gateway API objects, which are custom resources to the API server.
//!
//! It knows them by their schema only: unknown fields are told first and in byte order, and
//! everything else as violations of the schema, all of them. Models
//! `k8s.io/apiextensions-apiserver` (`pruning`, `validation`, `listtype`).

use serde_json::{Map, Value};

use super::{DecodeError, UnknownField};
use crate::schema::{self, FieldType, Struct};
use crate::structural::{self, Violation};
use crate::yaml::{Content, Node};
use crate::{FieldPath, Kind};

/// The JSON of a custom resource after pruning.
///
/// # Errors
/// Unknown fields, or violations that keep the server from looking any further; others are for
/// admission to tell, with those of rules that look at several fields.
pub fn normalize(
    kind: Kind,
    api_version: &str,
    owner: &'static Struct,
    node: &Node,
) -> Result<Value, DecodeError> {
    let mut walk = Walk::default();
    let json = walk.structure(owner, node, &FieldPath::root());
    if !walk.unknown.is_empty() {
        let version = api_version.rsplit('/').next().unwrap_or_default().to_owned();
        walk.unknown.sort_by_cached_key(|field| field.path.to_string());
        return Err(DecodeError::Unknown { kind, version, fields: walk.unknown });
    }
    let violations = walk.violations();
    if violations.iter().any(|violation| violation.blocking) {
        let name = node.get("metadata").and_then(|meta| meta.get("name")).and_then(Node::as_str);
        return Err(DecodeError::Structural {
            kind,
            name: name.unwrap_or_default().to_owned(),
            violations,
        });
    }
    Ok(json)
}

/// Every violation of the schema, in the server's order.
pub fn walk(owner: &'static Struct, node: &Node) -> Vec<Violation> {
    let mut walk = Walk::default();
    walk.structure(owner, node, &FieldPath::root());
    walk.violations()
}

#[derive(Default)]
struct Walk {
    unknown: Vec<UnknownField>,
    found: Vec<Violation>,
    duplicates: Vec<Violation>,
}

impl Walk {
    fn violations(mut self) -> Vec<Violation> {
        self.found.append(&mut self.duplicates);
        self.found
    }

    fn structure(&mut self, owner: &'static Struct, node: &Node, path: &FieldPath) -> Value {
        let Some(entries) = node.entries() else {
            return self.wrong(node, path, "object");
        };
        structural::missing(owner, node, path, &mut self.found);
        structural::address(owner, node, path, &mut self.found);
        let mut json = Map::new();
        for (key, entry) in entries {
            let here = path.child_named(key);
            let Some(field) = owner.fields.get(key.as_str()) else {
                self.unknown.push(UnknownField {
                    path: here,
                    span: entry.key_span,
                    owner: owner.name,
                });
                continue;
            };
            if entry.value.is_null() {
                continue;
            }
            json.insert(key.clone(), self.value(&field.holds, &entry.value, &here));
            let rules = structural::rules(owner, key);
            structural::check(rules, &entry.value, &here, &mut self.found);
            structural::duplicates(rules, &entry.value, &here, &mut self.duplicates);
        }
        Value::Object(json)
    }

    fn value(&mut self, holds: &'static FieldType, node: &Node, path: &FieldPath) -> Value {
        match (holds, &node.content) {
            (FieldType::Struct(name), _) => match schema::definition(name) {
                Some(owner) => self.structure(owner, node, path),
                None => node.to_json(),
            },
            (FieldType::List(item), Content::Sequence(items)) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| self.value(item, node, &path.index(index)))
                    .collect(),
            ),
            (FieldType::Map(_, value), Content::Mapping(entries)) => Value::Object(
                entries
                    .iter()
                    .map(|(key, entry)| {
                        (key.clone(), self.value(value, &entry.value, &path.child_named(key)))
                    })
                    .collect(),
            ),
            (FieldType::Bool, Content::Bool(_))
            | (FieldType::Int32 | FieldType::Int64, Content::Int(_))
            | (FieldType::Float, Content::Int(_) | Content::Float(_))
            | (FieldType::IntOrString, Content::String(_) | Content::Int(_))
            | (FieldType::Any, _)
            | (
                FieldType::String(_)
                | FieldType::Bytes
                | FieldType::Time
                | FieldType::MicroTime
                | FieldType::Quantity,
                Content::String(_),
            ) => node.to_json(),
            (FieldType::List(_), _) => self.wrong(node, path, "array"),
            (FieldType::Map(..), _) => self.wrong(node, path, "object"),
            (FieldType::Bool, _) => self.wrong(node, path, "boolean"),
            (FieldType::Int32 | FieldType::Int64, _) => self.wrong(node, path, "integer"),
            (FieldType::Float, _) => self.wrong(node, path, "number"),
            (
                FieldType::String(_)
                | FieldType::Bytes
                | FieldType::Time
                | FieldType::MicroTime
                | FieldType::Quantity
                | FieldType::IntOrString,
                _,
            ) => self.wrong(node, path, "string"),
        }
    }

    fn wrong(&mut self, node: &Node, path: &FieldPath, wanted: &str) -> Value {
        let found = json_type(node);
        let message =
            format!("Invalid value: {found:?}: {path} in body must be of type {wanted}: {found:?}");
        self.found.push(Violation { path: path.clone(), span: node.span, message, blocking: true });
        Value::Null
    }
}

/// What JSON schema calls a value's type.
fn json_type(node: &Node) -> &'static str {
    match node.content {
        Content::Null => "null",
        Content::Bool(_) => "boolean",
        Content::Int(_) => "integer",
        Content::Float(_) => "number",
        Content::String(_) => "string",
        Content::Sequence(_) => "array",
        Content::Mapping(_) => "object",
    }
}
