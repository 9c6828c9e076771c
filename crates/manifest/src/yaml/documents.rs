//! Splitting a text into documents, line by line as `kubectl` does it.
//!
//! Models `YAMLReader` of `k8s.io/apimachinery/pkg/util/yaml/decoder.go`, which looks for lines that
//! begin with `---` and knows no YAML: a block scalar with such a line is cut in two.

use crate::Span;

/// A piece of the text that holds one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its bytes; the line that ended the document before is not among them.
    pub span: Span,
    /// What follows `---` on the line that ends it, where that is not allowed.
    pub bad_separator: Option<(Span, String)>,
}

/// The documents of a text, empty ones too.
pub fn split(text: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let end = offset + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                chunks.push(Chunk {
                    span: Span { start, end: offset },
                    bad_separator: Some((
                        Span { start: offset, end: offset + line.trim_end().len() },
                        rest.to_owned(),
                    )),
                });
                return chunks;
            }
            // The first separator is part of its document, as nothing came before it.
            if offset > start {
                chunks.push(Chunk { span: Span { start, end: offset }, bad_separator: None });
                start = end;
            }
        }
        offset = end;
    }
    if offset > start {
        chunks.push(Chunk { span: Span { start, end: offset }, bad_separator: None });
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_where_lines_begin_with_three_dashes() {
        let text = "---\na: 1\n---\nb: 2\n--- # note\nc: 3";
        let pieces: Vec<&str> =
            split(text).iter().map(|c| &text[c.span.start..c.span.end]).collect();
        assert_eq!(pieces, ["---\na: 1\n", "b: 2\n", "c: 3"]);
    }

    #[test]
    fn nothing_may_follow_the_dashes() {
        let chunks = split("a: 1\n---- b\nc: 2\n");
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].bad_separator.as_ref().unwrap().1, "- b");
    }
}
