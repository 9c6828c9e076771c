//! Text that is no YAML: tabs, indentation, colons, brackets, quotes, asterisks, templates.
//!
//! The sentence is go-yaml's; the hint says what it means most often.

use crate::yaml::{Problem, YamlError};
use crate::{Diagnostic, Span};

/// A page about YAML for those who met it through Kubernetes.
const PAGE: &str = "https://kubernetes.io/docs/concepts/overview/working-with-objects/#describing-a-kubernetes-object";

/// The finding about a text that cannot be parsed.
pub fn diagnostic(text: &str, chunk: Span, error: &YamlError) -> Diagnostic {
    let place = Place::of(text, chunk, error.span);
    let mut diagnostic = Diagnostic::error(error.to_string()).span(place.shown);
    diagnostic.documentation = Some(PAGE.into());
    match hint(&error.problem, &place) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// The lines around a problem.
struct Place<'t> {
    /// The line of the problem, without its end.
    line: &'t str,
    /// The part of the line from the problem on.
    from: &'t str,
    /// The last line above that says something.
    above: Option<&'t str>,
    /// What to underline.
    shown: Span,
}

impl<'t> Place<'t> {
    fn of(text: &'t str, chunk: Span, span: Span) -> Self {
        let mut at = span.start.min(text.len());
        let document = &text[chunk.start.min(at)..chunk.end.max(at)];
        // Behind the last line stands what is wrong with the last line.
        if text[at..chunk.end.max(at)].trim().is_empty() {
            at = chunk.start.min(at) + document[..at - chunk.start.min(at)].trim_end().len();
        }
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        let line = text[start..end].trim_end();
        let above = text[chunk.start.min(start)..start]
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let shown = if span.end > span.start && !text[span.start..span.end].trim().is_empty() {
            span
        } else {
            Span { start: start + (line.len() - line.trim_start().len()), end: start + line.len() }
        };
        Self { line, from: text[at..end.max(at)].trim_end(), above, shown }
    }

    fn indentation(line: &str) -> usize {
        line.len() - line.trim_start_matches(' ').len()
    }

    /// A word about indentation, if the line stands deeper or less deep than the one above.
    fn step(&self) -> String {
        let here = Self::indentation(self.line);
        match self.above.map(Self::indentation) {
            Some(above) if above != here => format!(
                "this line is indented by {}, the one above by {}: lines that belong together begin in the same column",
                spaces(here),
                spaces(above)
            ),
            _ => "lines that belong together begin in the same column".into(),
        }
    }
}

fn hint(problem: &Problem, place: &Place<'_>) -> Option<String> {
    let (problem, context) = match problem {
        Problem::Syntax { problem, context, .. } => (problem.as_str(), context.as_str()),
        Problem::Meaning(problem) => (problem.as_str(), ""),
        Problem::NotJson(_) => return Some("write the value in quotes".into()),
        Problem::Json { .. } => {
            return Some("the text begins with `{`, so it is read as JSON: keys and texts stand in double quotes".into());
        }
        Problem::Ended => return Some("a `{`, `[` or quote is opened and not closed".into()),
        Problem::Separator(_) => {
            return Some(
                "`---` stands on a line of its own; a comment may follow, nothing else".into(),
            );
        }
        Problem::Limit(_) => return None,
    };
    let indented_by_tab = place.line.trim_start_matches(' ').starts_with('\t');
    if indented_by_tab || place.from.starts_with('\t') {
        return Some(
            "the line is indented with a tab: YAML wants spaces, two for each level".into(),
        );
    }
    let template =
        place.line.contains("{{") || problem.contains("map[interface {}]interface {}{map[");
    if template || problem.starts_with("invalid map key") {
        return Some(
            "`{{ … }}` is a template, of Helm for example, and no YAML yet: render it first, or put it in quotes".into(),
        );
    }
    Some(match problem {
        "mapping values are not allowed in this context" => {
            let before = &place.line[..place.line.len().saturating_sub(place.from.len())];
            if before.contains(": ") {
                "a colon and a space within a value: put the value in quotes".into()
            } else {
                place.step()
            }
        }
        "block sequence entries are not allowed in this context" => {
            "a list begins on the line after its key: put the dash on a line of its own".into()
        }
        "could not find expected ':'" => {
            "a key needs a colon and a space after it; a text of several lines begins with `|`".into()
        }
        "did not find expected alphabetic or numeric character" => {
            "a value that begins with `*` or `&` must stand in quotes, as in \"*.example.com\"".into()
        }
        "did not find expected ',' or ']'" => "a `[` without its `]`, or a comma is missing".into(),
        "did not find expected ',' or '}'" => "a `{` without its `}`, or a comma is missing".into(),
        "found unexpected end of stream" if context.contains("quoted scalar") => {
            "a quote is opened and not closed".into()
        }
        "found character that cannot start any token" => {
            let first = place.from.chars().next().unwrap_or(' ');
            format!("a value must not begin with `{first}`: put it in quotes")
        }
        "did not find expected '-' indicator" => {
            format!("the line belongs to no item of the list above; {}", place.step())
        }
        "did not find expected key" | "did not find expected <document start>" => place.step(),
        "found unknown escape character" => {
            "a backslash in double quotes begins an escape: use single quotes, or write `\\\\`".into()
        }
        "did not find expected whitespace or line break" | "found undefined tag handle" => {
            "a value that begins with `!` must stand in quotes".into()
        }
        "document contains excessive aliasing" => "the aliases would make a very large text".into(),
        _ if problem.starts_with("unknown anchor") => {
            "a value that begins with `*` must stand in quotes, as in \"*.example.com\"; or the anchor `&…` is missing".into()
        }
        _ => return None,
    })
}

fn spaces(count: usize) -> String {
    match count {
        0 => "nothing".into(),
        1 => "1 space".into(),
        _ => format!("{count} spaces"),
    }
}
