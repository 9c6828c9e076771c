//! Kinds that are not served, and documents that do not say what they are.

use super::nearest::nearest;
use crate::decode::DecodeError;
use crate::document::Document;
use crate::{Diagnostic, FieldPath, Kind};

/// The finding about a kind that no server serves in that version.
pub fn no_match(
    document: &Document,
    error: &DecodeError,
    kind: &str,
    api_version: &str,
) -> Diagnostic {
    let same_name: Vec<String> = Kind::ALL
        .iter()
        .filter(|known| known.resource().kind == kind)
        .map(|known| known.resource().api_version())
        .collect();
    let (field, hint) = if let Some(version) = same_name.first() {
        (
            "apiVersion",
            Some(format!("`{kind}` is in `{version}` since long: write `apiVersion: {version}`")),
        )
    } else {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let names = Kind::ALL.iter().map(|known| known.resource().kind);
        match nearest(kind, names) {
            Some(meant) => ("kind", Some(format!("did you mean `{meant}`?"))),
            None if group.contains('.') && !group.ends_with(".k8s.io") => (
                "kind",
                Some(format!(
                    "`{kind}` is a custom resource of `{group}`, which is not installed here; the other documents are read"
                )),
            ),
            None => ("kind", None),
        }
    };
    let diagnostic = at(document, Diagnostic::error(error.to_string()), field);
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// The finding about a document that `kubectl` itself refuses.
pub fn incomplete(document: &Document, problem: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(problem.to_owned()).span(document.span);
    match problem {
        "kind not set" => diagnostic.hint("every object needs `kind`, for example `kind: Pod`"),
        "apiVersion not set" => {
            let kind = document.node.as_ref().and_then(|node| node.get("kind")?.as_str());
            let known = Kind::ALL.iter().find(|known| Some(known.resource().kind) == kind);
            let version = known.map_or_else(|| "v1".to_owned(), |known| known.resource().api_version());
            diagnostic.hint(format!("every object needs `apiVersion`, here `apiVersion: {version}`"))
        }
        "invalid object to validate" => {
            diagnostic.hint("an object is a map: `apiVersion: v1`, `kind: Pod`, …; after each key a colon and a space")
        }
        _ => diagnostic,
    }
}

fn at(document: &Document, diagnostic: Diagnostic, field: &str) -> Diagnostic {
    let path = FieldPath::of(field);
    match document.locate(&path) {
        Some(span) => diagnostic.at(path).span(span),
        None => diagnostic.at(path),
    }
}
