//! What is to be said about a text: the refusal in upstream's words, its place, and a hint in ours.
//!
//! One file per family of traps. What the API server accepts and a learner would regret is a
//! warning.

mod links;
mod unknown;

use crate::decode::DecodeError;
use crate::document::Document;
use crate::yaml::Duplicate;
use crate::{Diagnostic, Span};

/// Everything about one document.
pub fn document(text: &str, document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(error) = &document.error {
        refusal(text, document, error, diagnostics);
    }
}

/// Keys that were written twice.
pub fn duplicates(
    _text: &str,
    _chunk: Span,
    duplicates: &[Duplicate],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for duplicate in duplicates {
        diagnostics.push(
            Diagnostic::warning(format!(
                "`{}` is written twice, only the second one counts",
                duplicate.key
            ))
            .span(duplicate.second)
            .hint("remove one of them"),
        );
    }
}

fn refusal(
    _text: &str,
    document: &Document,
    error: &DecodeError,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let about = |diagnostic: Diagnostic| {
        let diagnostic = match &document.reference {
            Some(reference) => diagnostic.about(reference.clone()),
            None => diagnostic,
        };
        match document.kind {
            Some(kind) => links::with_link(diagnostic, kind),
            None => diagnostic,
        }
    };
    match error {
        DecodeError::Yaml(error) => {
            diagnostics.push(Diagnostic::error(error.to_string()).span(error.span))
        }
        DecodeError::Unknown { fields, .. } => {
            for field in fields {
                diagnostics.push(about(unknown::diagnostic(document, field)));
            }
        }
        DecodeError::Mismatch { mismatch, .. } => diagnostics.push(about(
            Diagnostic::error(mismatch.sentence.clone())
                .at(mismatch.path.clone())
                .span(mismatch.span),
        )),
        DecodeError::Structural { causes, .. } => {
            for (path, span, cause) in causes {
                diagnostics
                    .push(about(Diagnostic::error(cause.clone()).at(path.clone()).span(*span)));
            }
        }
        DecodeError::Client(_)
        | DecodeError::Shape(_)
        | DecodeError::NoMatch { .. }
        | DecodeError::Undecodable { .. } => {
            diagnostics.push(about(Diagnostic::error(error.to_string()).span(document.span)));
        }
    }
}
