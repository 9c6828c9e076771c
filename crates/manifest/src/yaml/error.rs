//! Why a text is no YAML, in the words of go-yaml and with its line numbers.

use std::fmt;

use crate::Span;

/// A text that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub span: Span,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The parser's sentence, and the line go-yaml names, counted from the document's first line.
    Syntax {
        /// `mapping values are not allowed in this context`.
        problem: String,
        /// What the parser was doing: `while parsing a block mapping`, empty if it does not say.
        context: String,
        /// The line, as go-yaml counts it; it names none for problems in the first line.
        line: Option<usize>,
    },
    /// go-yaml's sentence about what the text means: an unknown anchor, a map as a key.
    Meaning(String),
    /// What YAML can say and JSON cannot.
    NotJson(String),
    /// Not JSON, although it begins with `{`.
    Json {
        /// Bytes read, the offending one among them.
        offset: usize,
        /// The problem.
        problem: String,
    },
    /// JSON that ends too early.
    Ended,
    /// A line begins with `---` and goes on.
    Separator(String),
    /// One of Podhop's own limits.
    Limit(String),
}

/// Writes what `kubectl` writes after `error parsing STDIN: `.
impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Syntax { problem, line: Some(line), .. } => {
                write!(f, "error converting YAML to JSON: yaml: line {line}: {problem}")
            }
            Problem::Syntax { problem, line: None, .. } | Problem::Meaning(problem) => {
                write!(f, "error converting YAML to JSON: yaml: {problem}")
            }
            Problem::NotJson(problem) => write!(f, "error converting YAML to JSON: {problem}"),
            Problem::Json { offset, problem } => write!(f, "json: offset {offset}: {problem}"),
            Problem::Ended => f.write_str("unexpected EOF"),
            Problem::Separator(rest) => write!(f, "invalid Yaml document separator: {rest}"),
            Problem::Limit(sentence) => f.write_str(sentence),
        }
    }
}
