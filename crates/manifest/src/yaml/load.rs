//! From the parser's events to a tree.
//!
//! Models `parser` and `decoder` of go-yaml v2 with `interface{}` as the target, and
//! `convertToJSONableObject` of `sigs.k8s.io/yaml`: one document of one chunk, aliases expanded,
//! merge keys applied in order, keys made text.

use std::collections::{BTreeMap, BTreeSet};

use libyaml_safer::{Event, EventData, Mark, Parser, ScalarStyle};
use serde_json::Value;

use super::json_problem;
use super::limits::{MAX_DEPTH, MAX_NODES};
use super::scalar::{Resolved, resolve_plain};
use super::{Content, Entry, Node, Problem, YamlError, go_float};
use crate::Span;

/// A document's tree and what was odd about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The tree; `None` if the chunk holds no document, only comments.
    pub root: Option<Node>,
    /// Keys that were written twice in one map, in the order of the text.
    pub duplicates: Vec<Duplicate>,
}

/// A key that was written twice in one map; the second one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// The first one's place.
    pub first: Span,
    /// The second one's place.
    pub second: Span,
    /// Whether the map is the document itself.
    pub top_level: bool,
}

/// Reads the document of a chunk of YAML.
///
/// # Errors
/// What go-yaml would say, or one of Podhop's limits.
pub fn load(text: &str, chunk: Span) -> Result<Loaded, YamlError> {
    let source = &text[chunk.start..chunk.end];
    let masked = Mask::over(source);
    // The reader in Go ends every line with a newline, and so must the last one here.
    let mut input = masked.text;
    if !input.ends_with('\n') {
        input.push('\n');
    }
    let mut bytes = input.as_bytes();
    let mut parser = Parser::<&mut &[u8]>::new();
    parser.set_input_string(&mut bytes);
    let mut loader = Loader {
        parser,
        text,
        chunk,
        sentinel: masked.sentinel,
        anchors: BTreeMap::new(),
        open_anchors: BTreeSet::new(),
        nodes: 0,
        late: None,
        duplicates: Vec::new(),
    };
    let root = loader.document()?;
    match loader.late {
        Some(error) => Err(error),
        None => Ok(Loaded { root, duplicates: loader.duplicates }),
    }
}

/// Reads a chunk that begins like JSON as a stream of JSON values.
///
/// Returns what was read, and the error that ended it.
pub fn load_json(text: &str, chunk: Span) -> (Vec<(Span, Loaded)>, Option<YamlError>) {
    let source = &text[chunk.start..chunk.end];
    let mut values = serde_json::Deserializer::from_str(source).into_iter::<Value>();
    let mut documents = Vec::new();
    loop {
        let before = values.byte_offset();
        match values.next() {
            None => return (documents, None),
            Some(Ok(value)) => {
                let piece = &source[before..values.byte_offset()];
                let start = chunk.start + before + (piece.len() - piece.trim_start().len());
                let span = Span { start, end: chunk.start + values.byte_offset() };
                // YAML reads nearly all JSON, and knows where everything stands.
                let loaded = load(text, span).ok().filter(|loaded| loaded.root.is_some());
                let plain =
                    || Loaded { root: Some(Node::from_json(&value, span)), duplicates: Vec::new() };
                documents.push((span, loaded.unwrap_or_else(plain)));
            }
            Some(Err(_)) => {
                let (at, problem) = match json_problem::problem(source) {
                    Some((read, sentence)) => {
                        (read - 1, Problem::Json { offset: read, problem: sentence })
                    }
                    None => (source.len(), Problem::Ended),
                };
                let start = floor_boundary(text, chunk.start + at);
                let length = text[start..].chars().next().map_or(0, char::len_utf8);
                let end = (start + length).min(chunk.end);
                return (documents, Some(YamlError { problem, span: Span { start, end } }));
            }
        }
    }
}

/// The text given to the parser.
///
/// The parser panics on a tag directly before a comma (`[!a, b]`), so the `!` of anything that might
/// be one is replaced by a character the text has nowhere, and put back in the scalars.
struct Mask {
    text: String,
    sentinel: Option<char>,
}

impl Mask {
    fn over(source: &str) -> Self {
        let places = suspicious_tags(source);
        let free = ('0'..='z').find(|c| c.is_ascii_alphanumeric() && !source.contains(*c));
        let free = free
            .or_else(|| ['~', '^', '$', ';', '=', '+'].into_iter().find(|c| !source.contains(*c)));
        match free {
            Some(sentinel) if !places.is_empty() => {
                let mut text = String::with_capacity(source.len() + 1);
                let mut from = 0;
                for place in places {
                    text.push_str(&source[from..place]);
                    text.push(sentinel);
                    from = place + 1;
                }
                text.push_str(&source[from..]);
                Self { text, sentinel: Some(sentinel) }
            }
            // Every character is taken: a text that means harm. Its tags become anchors' signs.
            None if !places.is_empty() => Self { text: source.replace('!', "&"), sentinel: None },
            _ => Self { text: source.to_owned(), sentinel: None },
        }
    }
}

/// Places of `!` that begin a word and are followed by a comma in the same word.
fn suspicious_tags(source: &str) -> Vec<usize> {
    let bytes = source.as_bytes();
    let mut places = Vec::new();
    for (place, _) in source.match_indices('!') {
        let begins = place == 0 || !bytes[place - 1].is_ascii_alphanumeric();
        let word = bytes[place + 1..].iter().take_while(|b| !b.is_ascii_whitespace());
        if begins && word.clone().any(|b| *b == b',') {
            places.push(place);
        }
    }
    places
}

struct Loader<'r, 'b, 't> {
    parser: Parser<&'r mut &'b [u8]>,
    text: &'t str,
    chunk: Span,
    sentinel: Option<char>,
    anchors: BTreeMap<String, (Node, usize)>,
    open_anchors: BTreeSet<String>,
    nodes: usize,
    /// The first problem of meaning: go-yaml reports it only after the whole text was parsed.
    late: Option<YamlError>,
    duplicates: Vec<Duplicate>,
}

impl Loader<'_, '_, '_> {
    fn document(&mut self) -> Result<Option<Node>, YamlError> {
        loop {
            match self.next()? {
                Event {
                    data: EventData::StreamStart { .. } | EventData::DocumentStart { .. },
                    ..
                } => {}
                Event { data: EventData::StreamEnd | EventData::DocumentEnd { .. }, .. } => {
                    return Ok(None);
                }
                event => {
                    let node = self.node(event, 0)?;
                    // Ending the document reads on, and may find that it does not end here.
                    self.next()?;
                    return Ok(Some(node));
                }
            }
        }
    }

    fn next(&mut self) -> Result<Event, YamlError> {
        self.parser.parse().map_err(|error| self.syntax(&error))
    }

    fn node(&mut self, event: Event, depth: usize) -> Result<Node, YamlError> {
        let start = self.place(event.start_mark);
        let end = self.place(event.end_mark);
        let span = Span { start, end };
        if depth > MAX_DEPTH {
            return Err(limit(format!("exceeded max depth of {MAX_DEPTH}"), span));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(limit("document contains excessive aliasing", span));
        }
        match event.data {
            EventData::Alias { anchor } => self.alias(&anchor, span),
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let node = self.scalar(tag.as_deref(), &value, plain_implicit, style, span);
                self.keep(anchor, &node, 1);
                Ok(node)
            }
            EventData::SequenceStart { anchor, .. } => {
                let before = self.nodes;
                self.open(&anchor);
                let mut items = Vec::new();
                let mut last = end;
                loop {
                    let event = self.next()?;
                    if matches!(event.data, EventData::SequenceEnd) {
                        last = self.flow_end(&event).unwrap_or(last);
                        break;
                    }
                    let from_alias = matches!(event.data, EventData::Alias { .. });
                    let alias_end = self.place(event.end_mark);
                    let item = self.node(event, depth + 1)?;
                    last = last.max(if from_alias { alias_end } else { item.span.end });
                    items.push(item);
                }
                let node = Node {
                    span: Span { start, end: last },
                    content: Content::Sequence(items),
                    plain: false,
                };
                self.keep(anchor, &node, self.nodes - before + 1);
                Ok(node)
            }
            EventData::MappingStart { anchor, .. } => {
                let before = self.nodes;
                self.open(&anchor);
                let node = self.mapping(start, end, depth)?;
                self.keep(anchor, &node, self.nodes - before + 1);
                Ok(node)
            }
            EventData::StreamStart { .. }
            | EventData::StreamEnd
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. }
            | EventData::SequenceEnd
            | EventData::MappingEnd => Ok(Node { span, content: Content::Null, plain: true }),
        }
    }

    fn mapping(&mut self, start: usize, end: usize, depth: usize) -> Result<Node, YamlError> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let mut last = end;
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::MappingEnd) {
                last = self.flow_end(&event).unwrap_or(last);
                break;
            }
            let merge = matches!(
                &event.data,
                EventData::Scalar { value, plain_implicit: true, .. } if value == "<<"
            );
            let key_span =
                Span { start: self.place(event.start_mark), end: self.place(event.end_mark) };
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let from_alias = matches!(event.data, EventData::Alias { .. });
            let alias_end = self.place(event.end_mark);
            let value = self.node(event, depth + 1)?;
            last = last.max(if from_alias { alias_end } else { value.span.end });
            if merge {
                self.merge(&mut entries, key_span, &value);
                continue;
            }
            let Some(key) = self.key(&key, key_span, &value) else { continue };
            let entry = Entry { key_span, value };
            if let Some(first) = entries.insert(key.clone(), entry)
                // What a merge brought may be written anew.
                && (start..key_span.start).contains(&first.key_span.start)
            {
                self.duplicates.push(Duplicate {
                    key,
                    first: first.key_span,
                    second: key_span,
                    top_level: depth == 0,
                });
            }
        }
        Ok(Node {
            span: Span { start, end: last },
            content: Content::Mapping(entries),
            plain: false,
        })
    }

    fn scalar(
        &mut self,
        tag: Option<&str>,
        value: &str,
        implicit: bool,
        style: ScalarStyle,
        span: Span,
    ) -> Node {
        let plain = style == ScalarStyle::Plain;
        let restored = self.sentinel.map(|sentinel| value.replace(sentinel, "!"));
        if plain && restored.is_some() && self.text[span.start..].starts_with('!') {
            // It is a tag after all, and go-yaml takes none before a comma.
            let line = self.text[self.chunk.start..span.start].matches('\n').count() + 1;
            self.complain(
                Problem::Syntax {
                    problem: "did not find expected whitespace or line break".into(),
                    context: "while scanning a tag".into(),
                    line: (line > 1).then_some(line),
                },
                span,
            );
        }
        let value = restored.as_deref().unwrap_or(value);
        let content = match tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag)) {
            None if !implicit => Content::String(value.to_owned()),
            None => match resolve_plain(value) {
                Resolved::Value(content) => content,
                Resolved::NotJson(name) => {
                    self.complain(
                        Problem::NotJson(format!("json: unsupported value: {name}")),
                        span,
                    );
                    Content::Null
                }
            },
            Some("bool" | "int" | "float" | "null") => {
                self.tagged(tag.unwrap_or_default(), value, span)
            }
            Some(_) => Content::String(value.to_owned()),
        };
        Node { span: self.trimmed(span), content, plain }
    }

    fn tagged(&mut self, tag: &str, value: &str, span: Span) -> Content {
        let wanted = tag.replace("tag:yaml.org,2002:", "!!");
        let resolved = resolve_plain(value);
        match resolved {
            Resolved::Value(content @ Content::Int(_)) if wanted == "!!float" => content,
            // `1.0` is a whole number here already, and `!!int 1.0` an error to go-yaml only.
            Resolved::Value(content) if Resolved::Value(content.clone()).tag() == wanted => content,
            other => {
                self.complain(
                    Problem::Meaning(format!(
                        "cannot decode {} `{value}` as a {wanted}",
                        other.tag()
                    )),
                    span,
                );
                Content::Null
            }
        }
    }

    fn alias(&mut self, anchor: &str, span: Span) -> Result<Node, YamlError> {
        if self.open_anchors.contains(anchor) {
            let problem = Problem::Meaning(format!("anchor '{anchor}' value contains itself"));
            self.complain(problem, span);
            return Ok(Node { span, content: Content::Null, plain: true });
        }
        match self.anchors.get(anchor) {
            Some((node, size)) if self.nodes + size <= MAX_NODES => {
                self.nodes += size;
                Ok(node.clone())
            }
            Some(_) => Err(YamlError {
                problem: Problem::Meaning("document contains excessive aliasing".into()),
                span,
            }),
            None => Err(YamlError {
                problem: Problem::Meaning(format!("unknown anchor '{anchor}' referenced")),
                span,
            }),
        }
    }

    fn open(&mut self, anchor: &Option<String>) {
        if let Some(anchor) = anchor {
            self.open_anchors.insert(anchor.clone());
        }
    }

    fn keep(&mut self, anchor: Option<String>, node: &Node, size: usize) {
        if let Some(anchor) = anchor {
            self.open_anchors.remove(&anchor);
            self.anchors.insert(anchor, (node.clone(), size));
        }
    }

    fn merge(&mut self, entries: &mut BTreeMap<String, Entry>, key_span: Span, value: &Node) {
        match &value.content {
            Content::Mapping(merged) => {
                for (key, entry) in merged {
                    entries.insert(key.clone(), Entry { key_span, value: entry.value.clone() });
                }
            }
            Content::Sequence(maps) if maps.iter().all(|map| map.entries().is_some()) => {
                // The first of the list wins.
                for map in maps.iter().rev() {
                    self.merge(entries, key_span, map);
                }
            }
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Float(_)
            | Content::String(_)
            | Content::Sequence(_) => self.complain(
                Problem::Meaning("map merge requires map or sequence of maps as the value".into()),
                key_span,
            ),
        }
    }

    /// The key as text, as JSON needs it.
    fn key(&mut self, key: &Node, span: Span, value: &Node) -> Option<String> {
        match &key.content {
            Content::String(text) => Some(text.clone()),
            Content::Bool(value) => Some(value.to_string()),
            Content::Int(value) => Some(value.to_string()),
            Content::Float(value) => Some(go_float(*value)),
            Content::Null => {
                let problem = format!(
                    "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                    go_syntax(value)
                );
                self.complain(Problem::NotJson(problem), span);
                None
            }
            Content::Sequence(_) | Content::Mapping(_) => {
                self.complain(
                    Problem::Meaning(format!("invalid map key: {}", go_syntax(key))),
                    key.span,
                );
                None
            }
        }
    }

    fn complain(&mut self, problem: Problem, span: Span) {
        self.late.get_or_insert(YamlError { problem, span });
    }

    /// Where a bracket or brace ends; block collections end with their last item instead.
    fn flow_end(&self, event: &Event) -> Option<usize> {
        let (start, end) = (self.place(event.start_mark), self.place(event.end_mark));
        (end > start).then_some(end)
    }

    /// A byte of the whole text.
    fn place(&self, mark: Mark) -> usize {
        let offset = usize::try_from(mark.index).unwrap_or(usize::MAX);
        floor_boundary(self.text, self.chunk.start.saturating_add(offset).min(self.chunk.end))
    }

    /// The span without the white space a block scalar ends with.
    fn trimmed(&self, span: Span) -> Span {
        let text = &self.text[span.start..span.end.max(span.start)];
        Span { start: span.start, end: span.start + text.trim_end().len() }
    }

    fn syntax(&self, error: &libyaml_safer::Error) -> YamlError {
        let mark = error.problem_mark();
        let problem_line = mark.map_or(0, |mark| mark.line);
        let context_line = error.context_mark().map_or(0, |mark| mark.line);
        // Scanner errors are counted from one, parser errors from zero, and zero names no line.
        let line = match (problem_line, context_line) {
            (0, 0) => None,
            (0, line) => Some(line),
            (line, _) if error.kind() == libyaml_safer::ErrorKind::Scanner => Some(line + 1),
            (line, _) => Some(line),
        };
        let start = mark.map_or(self.chunk.start, |mark| self.place(mark));
        let rest = &self.text[start..self.chunk.end];
        let end = start + rest.find('\n').unwrap_or(rest.len()).min(rest.len());
        YamlError {
            problem: Problem::Syntax {
                problem: error.problem().to_owned(),
                context: error.context().unwrap_or_default().to_owned(),
                line: line.and_then(|line| usize::try_from(line).ok()),
            },
            span: self.trimmed(Span { start, end }),
        }
    }
}

fn limit(sentence: impl Into<String>, span: Span) -> YamlError {
    YamlError { problem: Problem::Limit(sentence.into()), span }
}

/// The last boundary between characters at or before a byte.
fn floor_boundary(text: &str, mut place: usize) -> usize {
    place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

/// A value as Go's `%#v` prints it.
fn go_syntax(node: &Node) -> String {
    match &node.content {
        Content::Null => "interface {}(nil)".into(),
        Content::Bool(value) => value.to_string(),
        Content::Int(value) => value.to_string(),
        Content::Float(value) => go_float(*value),
        Content::String(text) => format!("{text:?}"),
        Content::Sequence(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Content::Mapping(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, entry)| format!("{key:?}:{}", go_syntax(&entry.value)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        load(text, Span { start: 0, end: text.len() })
            .map(|loaded| loaded.root.map_or("nothing".into(), |node| node.to_json().to_string()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn reads_merges_and_aliases_in_order() {
        let text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  z: 3\n  \"y\": 5\n";
        assert_eq!(
            read(text).unwrap(),
            r#"{"a":{"true":2,"x":1},"b":{"true":2,"x":1,"y":5,"z":3}}"#
        );
    }

    #[test]
    fn problems_are_told_as_go_yaml_tells_them() {
        for (text, sentence) in [
            ("a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
            ("a:\n\tb: 2\n", "yaml: line 2: found character that cannot start any token"),
            ("a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"),
            ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
            ("a: &x {b: *x}\n", "yaml: anchor 'x' value contains itself"),
            (
                "name: {{ .Values.x }}\n",
                "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
            ),
            ("a: .inf\n", "json: unsupported value: +Inf"),
            ("a: \"x\n", "yaml: line 2: found unexpected end of stream"),
            ("a: [!b, c]\n", "yaml: did not find expected whitespace or line break"),
        ] {
            assert_eq!(
                read(text).unwrap_err(),
                format!("error converting YAML to JSON: {sentence}"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_tag_like_word_in_quotes_stays_as_it_is() {
        assert_eq!(read("a: [\"say !hi, you\"]\n").unwrap(), r#"{"a":["say !hi, you"]}"#);
    }

    #[test]
    fn later_keys_win_and_are_noted() {
        let text = "a: 1\na: 2\n";
        let loaded = load(text, Span { start: 0, end: text.len() }).unwrap();
        assert_eq!(loaded.root.unwrap().to_json().to_string(), r#"{"a":2}"#);
        assert_eq!(loaded.duplicates[0].second, Span { start: 5, end: 6 });
    }

    #[test]
    fn aliases_cannot_explode() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let below = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", ")));
        }
        assert!(read(&text).unwrap_err().contains("excessive aliasing"));
        assert!(read(&"[".repeat(5000)).unwrap_err().contains("max depth"));
    }
}
