//! What `kubectl` checks itself, before it asks a server.
//!
//! It leaves single objects to the server. A typed list (`PodList`) it checks against the server's
//! OpenAPI, because a server takes no lists. Models `k8s.io/kubectl/pkg/validation` and
//! `k8s.io/kube-openapi/pkg/util/proto/validation`.

use crate::Kind;
use crate::schema::{self, FieldType, Struct};
use crate::yaml::{Content, Node};

/// The errors of a typed list, in upstream's order and words.
pub fn validate(item: Kind, api_version: &str, list: &Node) -> Vec<String> {
    let mut errors = Vec::new();
    let Some(owner) = schema::of(item, api_version) else { return errors };
    let name = format!("{item}List");
    let list_name = owner.open_api_name() + "List";
    let Some(entries) = list.entries() else { return errors };
    for (key, entry) in entries {
        let path = format!("{name}.{key}");
        match key.as_str() {
            _ if entry.value.is_null() => {}
            "apiVersion" | "kind" => {}
            "metadata" => {
                if let Some(meta) = schema::definition("apimachinery.pkg.apis.meta.v1.ListMeta") {
                    structure(meta, &entry.value, &path, &mut errors);
                }
            }
            "items" => match &entry.value.content {
                Content::Sequence(items) => {
                    for (index, item) in items.iter().enumerate() {
                        structure(owner, item, &format!("{path}[{index}]"), &mut errors);
                    }
                }
                _ => errors.push(invalid_type(
                    &path,
                    &format!("{list_name}.items"),
                    &entry.value,
                    "array",
                )),
            },
            _ => errors
                .push(format!("ValidationError({name}): unknown field {key:?} in {list_name}")),
        }
    }
    errors
}

fn structure(owner: &'static Struct, node: &Node, path: &str, errors: &mut Vec<String>) {
    let name = owner.open_api_name();
    let Some(entries) = node.entries() else {
        errors.push(invalid_type(path, &name, node, "map"));
        return;
    };
    for (key, entry) in entries {
        if entry.value.is_null() {
            continue;
        }
        match owner.fields.get(key.as_str()) {
            Some(field) => {
                value(
                    &field.holds,
                    &entry.value,
                    &format!("{path}.{key}"),
                    &format!("{name}.{key}"),
                    errors,
                );
            }
            None => {
                errors.push(format!("ValidationError({path}): unknown field {key:?} in {name}"))
            }
        }
    }
    for (field, _) in owner.fields.iter().filter(|(_, field)| field.required) {
        if node.get(field).is_none_or(Node::is_null) {
            errors.push(format!(
                "ValidationError({path}): missing required field {field:?} in {name}"
            ));
        }
    }
}

fn value(holds: &'static FieldType, node: &Node, path: &str, name: &str, errors: &mut Vec<String>) {
    let primitive = |wanted: &str, fits: bool, errors: &mut Vec<String>| {
        if !fits {
            errors.push(invalid_type(path, name, node, wanted));
        }
    };
    let scalar = !matches!(node.content, Content::Sequence(_) | Content::Mapping(_));
    match holds {
        FieldType::Any => {}
        // A number or a bool may stand for a string here; the server is stricter.
        FieldType::String(_)
        | FieldType::Bytes
        | FieldType::Time
        | FieldType::MicroTime
        | FieldType::Quantity
        | FieldType::IntOrString => primitive("string", scalar, errors),
        FieldType::Int32 | FieldType::Int64 => {
            primitive(
                "integer",
                matches!(node.content, Content::Int(_) | Content::Float(_)),
                errors,
            );
        }
        FieldType::Float => {
            primitive(
                "number",
                matches!(node.content, Content::Int(_) | Content::Float(_)),
                errors,
            );
        }
        FieldType::Bool => primitive("boolean", matches!(node.content, Content::Bool(_)), errors),
        FieldType::Struct(owner) => {
            if let Some(owner) = schema::definition(owner) {
                structure(owner, node, path, errors);
            }
        }
        FieldType::List(item) => match &node.content {
            Content::Sequence(items) => {
                for (index, node) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    if node.is_null() {
                        errors.push(format!(
                            "ValidationError({path}): unknown object type \"nil\" in {path}"
                        ));
                    } else {
                        value(item, node, &path, name, errors);
                    }
                }
            }
            _ => errors.push(invalid_type(path, name, node, "array")),
        },
        FieldType::Map(_, inner) => match &node.content {
            Content::Mapping(entries) => {
                for (key, entry) in entries {
                    let path = format!("{path}.{key}");
                    if entry.value.is_null() {
                        errors.push(format!("unknown object type \"nil\" in {path}"));
                    } else {
                        value(inner, &entry.value, &path, name, errors);
                    }
                }
            }
            _ => errors.push(invalid_type(path, name, node, "map")),
        },
    }
}

fn invalid_type(path: &str, name: &str, node: &Node, wanted: &str) -> String {
    let found = match node.content {
        Content::Null => "nil",
        Content::Bool(_) => "boolean",
        Content::Int(_) => "integer",
        Content::Float(_) => "number",
        Content::String(_) => "string",
        Content::Sequence(_) => "array",
        Content::Mapping(_) => "map",
    };
    format!("ValidationError({path}): invalid type for {name}: got {found:?}, expected {wanted:?}")
}
