//! Kinds without a description of their own: metadata, then every field by its name, as
//! `describe` shows custom resources.

use manifest::Object;
use serde_json::Value;

use super::text::Text;
use super::{Subject, given};
use crate::output::json_path;

pub(super) fn text(object: &Object, subject: &Subject<'_>, text: &mut Text) {
    let metadata = object.metadata();
    text.field("Name", given(metadata.name.as_ref()));
    if object.kind().resource().namespaced {
        text.field("Namespace", given(metadata.namespace.as_ref()));
    }
    text.labels(metadata);
    text.annotations(metadata);
    if let Value::Object(fields) = object.to_json() {
        for (name, value) in &fields {
            if !matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
                field(name, value, 0, text);
            }
        }
    }
    text.events(subject);
}

fn field(name: &str, value: &Value, level: usize, text: &mut Text) {
    let indent = "  ".repeat(level);
    let title = titled(name);
    match value {
        Value::Object(fields) => {
            text.line(format!("{indent}{title}:"));
            for (name, value) in fields {
                field(name, value, level + 1, text);
            }
        }
        Value::Array(items) => {
            text.line(format!("{indent}{title}:"));
            for item in items {
                match item {
                    Value::Object(fields) => {
                        for (name, value) in fields {
                            field(name, value, level + 1, text);
                        }
                    }
                    other => text.line(format!("{indent}  {}", json_path::text(other))),
                }
            }
        }
        other => text.line(format!("{indent}{title}:\t{}", json_path::text(other))),
    }
}

/// `Allowed Routes` of `allowedRoutes`.
fn titled(name: &str) -> String {
    let mut title = String::new();
    for (position, character) in name.chars().enumerate() {
        if position == 0 {
            title.extend(character.to_uppercase());
            continue;
        }
        if character.is_uppercase() {
            title.push(' ');
        }
        title.push(character);
    }
    title
}
