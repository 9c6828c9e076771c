//! Words that YAML reads as something else when they stand without quotes: `yes`, `1.0`, `08`,
//! `null`.

use crate::decode::TypeMismatch;
use crate::document::Document;
use crate::yaml::{Content, Node};
use crate::{Diagnostic, FieldPath, Span};

/// The finding about a value of a wrong type.
pub fn mismatch(text: &str, document: &Document, mismatch: &TypeMismatch) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(mismatch.sentence.clone()).at(mismatch.path.clone()).span(mismatch.span);
    let node = document.node.as_ref().and_then(|node| node.at(&mismatch.path));
    match node.and_then(|node| hint(text, node, mismatch)) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// What to do about a value of a wrong type.
fn hint(text: &str, node: &Node, mismatch: &TypeMismatch) -> Option<String> {
    let written = slice(text, node.span);
    let wants_string =
        mismatch.sentence.contains("of type string") || is_named_string(&mismatch.wanted);
    let wants_number = mismatch.wanted.starts_with("int") || mismatch.wanted.starts_with("float");
    match &node.content {
        Content::Bool(value) if wants_string && node.plain => Some(if written == value.to_string() {
            format!("`{written}` without quotes is no text: write \"{written}\"")
        } else {
            format!("`{written}` without quotes means {value} in YAML: write \"{written}\"")
        }),
        Content::Int(_) | Content::Float(_) if wants_string && node.plain => {
            let value = node.to_json().to_string();
            Some(if written == value {
                format!("`{written}` without quotes is a number: write \"{written}\"")
            } else {
                format!("`{written}` without quotes is the number {value}: write \"{written}\"")
            })
        }
        Content::String(value) if wants_number && value.parse::<i64>().is_ok() => {
            Some(format!("this must be a number: write {value} without quotes"))
        }
        Content::String(value) if mismatch.wanted == "bool" && matches!(value.as_str(), "true" | "false") => {
            Some(format!("write {value} without quotes"))
        }
        Content::Float(_) if wants_number => Some("this must be a whole number".into()),
        Content::String(_) if mismatch.sentence.starts_with("illegal base64") => Some(
            "`data` holds base64; write plain text under `stringData` instead".into(),
        ),
        Content::Mapping(entries) if mismatch.wanted.starts_with("[]") => {
            let first = entries.keys().next().map(String::as_str).unwrap_or_default();
            Some(format!("this must be a list: begin each item with a dash, `- {first}: …`"))
        }
        Content::Sequence(_) if !mismatch.wanted.starts_with("[]") => {
            Some("this is no list: remove the dash".into())
        }
        Content::String(value) if mismatch.wanted.starts_with("[]") => {
            Some(format!("this must be a list: write `- {value}` on a line of its own, or [{value}]"))
        }
        Content::String(_) if mismatch.sentence.starts_with("quantities") => {
            Some("write an amount such as 500m, 0.5, 128Mi or 1Gi, without a space".into())
        }
        Content::String(_) if mismatch.sentence.starts_with("unable to parse quantity's suffix") => {
            Some("the suffix must be one of m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei: capitals matter".into())
        }
        Content::Null
        | Content::Bool(_)
        | Content::Int(_)
        | Content::Float(_)
        | Content::String(_)
        | Content::Sequence(_)
        | Content::Mapping(_) => None,
    }
}

/// `v1.Protocol` and its like are strings; lists, maps and structs of such names came earlier.
fn is_named_string(wanted: &str) -> bool {
    wanted == "string"
        || (wanted.starts_with("v1.") && !wanted.starts_with("v1.Object"))
        || wanted == "types.UID"
}

/// Warns of keys that mean something else without quotes.
pub fn keys(text: &str, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    walk(text, root, &FieldPath::root(), diagnostics);
}

fn walk(text: &str, node: &Node, path: &FieldPath, diagnostics: &mut Vec<Diagnostic>) {
    match &node.content {
        Content::Mapping(entries) => {
            for (key, entry) in entries {
                let hint = matches!(key.as_str(), "true" | "false")
                    .then(|| key_hint(text, key, entry.key_span))
                    .flatten();
                if let Some(hint) = hint {
                    let written = slice(text, entry.key_span);
                    diagnostics.push(
                        Diagnostic::warning(format!("the key `{written}` is read as `{key}`"))
                            .at(path.child_named(key))
                            .span(entry.key_span)
                            .hint(hint),
                    );
                }
                if !matches!(entry.value.content, Content::Mapping(_) | Content::Sequence(_)) {
                    continue;
                }
                walk(text, &entry.value, &path.child_named(key), diagnostics);
            }
        }
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(text, item, &path.index(index), diagnostics);
            }
        }
        Content::Null
        | Content::Bool(_)
        | Content::Int(_)
        | Content::Float(_)
        | Content::String(_) => {}
    }
}

/// What to do about a key that is read as a bool.
pub fn key_hint(text: &str, key: &str, span: Span) -> Option<String> {
    let written = slice(text, span);
    let is_word = matches!(
        written.to_ascii_lowercase().as_str(),
        "y" | "yes" | "on" | "n" | "no" | "off" | "true" | "false"
    );
    (is_word && written != key && matches!(key, "true" | "false"))
        .then(|| format!("`{written}` without quotes means {key} in YAML: write \"{written}\""))
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_default()
}
