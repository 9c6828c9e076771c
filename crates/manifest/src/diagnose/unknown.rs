//! Fields that do not exist: the one that was meant, or the place where it belongs.

use super::nearest::nearest;
use super::quoting;
use crate::decode::UnknownField;
use crate::document::Document;
use crate::schema::{self, Struct};
use crate::{Diagnostic, Segment};

/// How many levels of a kind are searched for a field.
const DEPTH: usize = 7;

/// The finding about a field the kind does not have.
pub fn diagnostic(text: &str, document: &Document, field: &UnknownField) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("unknown field {:?}", field.path.to_string()))
        .at(field.path.clone())
        .span(field.span);
    let Some(Segment::Field(name)) = field.path.0.last() else { return diagnostic };
    if let Some(hint) = quoting::key_hint(text, name, field.span) {
        return diagnostic.hint(hint);
    }
    let fields =
        schema::definition(field.owner).into_iter().flat_map(|owner| owner.fields.keys().copied());
    if let Some(meant) = nearest(name, fields) {
        return diagnostic.hint(format!("did you mean `{meant}`?"));
    }
    match elsewhere(document, field, name) {
        Some(place) => {
            diagnostic.hint(format!("`{name}` belongs under `{place}`: check its indentation"))
        }
        None => diagnostic,
    }
}

/// The nearest place in the kind where there is a field of that name.
fn elsewhere(document: &Document, field: &UnknownField, name: &str) -> Option<String> {
    let root = schema::of(document.kind?, &document.api_version)?;
    let written = without_indexes(&field.path.parent().to_string());
    let mut level: Vec<(&'static Struct, String)> = vec![(root, String::new())];
    let mut found: Vec<String> = Vec::new();
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for (owner, path) in level {
            if owner.fields.contains_key(name) && !path.is_empty() && path != written {
                found.push(path.clone());
            }
            for (child, field) in &owner.fields {
                // A status is written by controllers, and the schema of a schema has no end.
                if matches!(*child, "status" | "managedFields")
                    || owner.name.contains("JSONSchemaProps")
                {
                    continue;
                }
                if let Some(inner) = field.holds.inner_struct() {
                    let path = if path.is_empty() {
                        (*child).to_owned()
                    } else {
                        format!("{path}.{child}")
                    };
                    below.push((inner, path));
                }
            }
        }
        level = below;
    }
    // The place that shares most of the way, and then the shortest.
    found.into_iter().min_by_key(|path| {
        let shared = path.split('.').zip(written.split('.')).take_while(|(a, b)| a == b).count();
        (std::cmp::Reverse(shared), path.matches('.').count(), path.clone())
    })
}

/// The path without `[0]`.
fn without_indexes(path: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
}
