//! Findings about a file as text: `web.yaml:3:5: error: …`, with the hint below.

use cluster::FileFindings;
use manifest::{Diagnostic, Severity};

/// Each finding on its lines, in the order of the file's text.
pub fn text(found: &FileFindings, source: &str) -> String {
    found.diagnostics.iter().map(|diagnostic| one(&found.file, diagnostic, source)).collect()
}

fn one(file: &str, diagnostic: &Diagnostic, source: &str) -> String {
    let place = diagnostic.span.map(|span| {
        let (line, column) = place(source, span.start);
        format!("{line}:{column}: ")
    });
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::NotSimulated => "not simulated",
    };
    let mut text =
        format!("{file}:{}{severity}: {}\n", place.unwrap_or(" ".into()), diagnostic.message);
    if let Some(hint) = &diagnostic.hint {
        text.push_str(&format!("  hint: {hint}\n"));
    }
    text
}

/// Line and column of a byte, both from 1; columns count characters.
fn place(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..source.floor_char_boundary(at.min(source.len()))];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest::Span;

    #[test]
    fn says_where_and_what_to_do() {
        let diagnostic = Diagnostic::error("unknown field `spec.replica`")
            .hint("did you mean `replicas`?")
            .span(Span { start: 9, end: 16 });
        let found = FileFindings { file: "web.yaml".into(), diagnostics: vec![diagnostic] };
        assert_eq!(
            text(&found, "spec:\n  replica: 3\n"),
            "web.yaml:2:4: error: unknown field `spec.replica`\n  hint: did you mean `replicas`?\n"
        );
    }
}
