//! Keys written twice, and the reason that is behind it most often: a forgotten `---`.
//!
//! `kubectl` accepts both without a word; the last key wins.

use crate::yaml::Duplicate;
use crate::{Diagnostic, Span};

/// Warns of keys that were written twice.
pub fn duplicates(chunk: Span, duplicates: &[Duplicate], diagnostics: &mut Vec<Diagnostic>) {
    let forgotten = |duplicate: &&Duplicate| {
        duplicate.top_level && matches!(duplicate.key.as_str(), "kind" | "apiVersion")
    };
    // The first of the two keys that comes again is where the second object begins.
    if let Some(second) = duplicates.iter().find(forgotten) {
        diagnostics.push(
            Diagnostic::warning(format!(
                "a second `{}` in one document: only the last object is read, and what the first one had besides is mixed into it",
                second.key
            ))
            .span(Span { start: second.second.start.max(chunk.start), end: second.second.end })
            .hint("write a line `---` between two objects"),
        );
    }
    let mixed = duplicates.iter().any(|duplicate| forgotten(&duplicate));
    for duplicate in duplicates.iter().filter(|duplicate| !(mixed && duplicate.top_level)) {
        diagnostics.push(
            Diagnostic::warning(format!(
                "`{}` is written twice: only the second one counts",
                duplicate.key
            ))
            .span(duplicate.second)
            .hint("remove one of the two"),
        );
    }
}
