//! Where in a text a place is: in which document, below which fields.

use super::scan::{self, Line};
use crate::Span;

/// One step down from the top of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Field(String),
    Item,
}

/// Where in a text a place is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The document's kind, as written.
    pub kind: Option<String>,
    /// The document's version, as written.
    pub api_version: Option<String>,
    /// From the top of the document to what holds the place.
    pub path: Vec<Step>,
    /// What may stand there.
    pub position: Position,
    /// The word that is being written.
    pub span: Span,
    /// Whether it stands between braces or brackets.
    pub flow: bool,
    /// Whether a quotation mark was opened already.
    pub quoted: bool,
}

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// A key of what `path` leads to, beside those that are there; `indent` is the column of the
    /// keys.
    Key { taken: Vec<String>, indent: Option<usize> },
    /// The value that `path` leads to.
    Value,
}

/// The place of a byte; `None` in comments and in blocks of text.
pub(super) fn find(text: &str, at: usize) -> Option<Place> {
    let at = at.min(text.len());
    let document = scan::document_around(text, at);
    let lines = scan::lines(text, document);
    let head = Head::of(text, document, &lines);
    let body = &text[document.start..document.end];
    if body.trim_start().starts_with('{') {
        let start = document.start + (body.len() - body.trim_start().len());
        return head.flow(text, start, at, Vec::new());
    }
    let number = lines.iter().rposition(|line| line.start <= at)?;
    let line = &lines[number];
    if line.is_text || line.comment.is_some_and(|comment| comment < at) {
        return None;
    }
    if let Some(flow) = line.flow.filter(|flow| flow.start < at && at <= flow.end) {
        let key = line.key.as_ref()?;
        let mut path = above(&lines, number, key.column, &line.dashes);
        path.push(Step::Field(key.name.clone()));
        return head.flow(text, flow.start, at, path);
    }
    let start_of = |column: usize| line.start + column;
    match &line.key {
        // Behind the colon.
        Some(key) if at > start_of(key.column) + key.length => {
            let mut path = above(&lines, number, key.column, &line.dashes);
            path.push(Step::Field(key.name.clone()));
            let behind = &text[key.colon + 1..at.max(key.colon + 1)];
            let quoted = behind.trim_start().starts_with(['"', '\'']);
            let skipped = behind.len() - behind.trim_start_matches([' ', '"', '\'']).len();
            let span =
                Span { start: key.colon + 1 + skipped, end: at.max(key.colon + 1 + skipped) };
            let place = head.at(path, Position::Value, span, quoted);
            behind.starts_with(' ').then(|| inside_list(text, &lines, number, place))
        }
        _ => {
            let column = line.content_column.min(at - line.start);
            // On an empty line the cursor says how deep.
            let column = if line.is_blank { at - line.start } else { column };
            let dashes: Vec<usize> =
                line.dashes.iter().copied().filter(|dash| *dash < column).collect();
            let path = above(&lines, number, column, &dashes);
            let taken = siblings(&lines, number, column);
            let word_end = line.key.as_ref().map_or(at, |key| start_of(key.column) + key.length);
            let span = Span { start: start_of(column), end: word_end.max(at) };
            let position = Position::Key { taken, indent: Some(column) };
            Some(inside_list(text, &lines, number, head.at(path, position, span, false)))
        }
    }
}

/// The key on the line of a byte: the place of its siblings, its name and where it stands.
pub(super) fn key_at(text: &str, at: usize) -> Option<(Place, String, Span)> {
    let at = at.min(text.len());
    let document = scan::document_around(text, at);
    let lines = scan::lines(text, document);
    let head = Head::of(text, document, &lines);
    if text[document.start..document.end].trim_start().starts_with('{') {
        let body = &text[document.start..document.end];
        let start = document.start + (body.len() - body.trim_start().len());
        let word = scan::quoted_around(text, at)?;
        let place = head.flow(text, start, word.start, Vec::new())?;
        let is_key = matches!(place.position, Position::Key { .. })
            && text[word.end..].trim_start_matches('"').trim_start().starts_with(':');
        return is_key.then(|| (place, text[word.start..word.end].to_owned(), word));
    }
    let number = lines.iter().rposition(|line| line.start <= at)?;
    let line = &lines[number];
    let key = line.key.as_ref()?;
    let start = line.start + key.column;
    if at < start || line.comment.is_some_and(|comment| comment < at) {
        return None;
    }
    let path = above(&lines, number, key.column, &line.dashes);
    let span = Span { start, end: start + key.length };
    let position = Position::Key { taken: Vec::new(), indent: None };
    let place = inside_list(text, &lines, number, head.at(path, position, span, false));
    Some((place, key.name.clone(), span))
}

/// A place in an object of a `List`, seen from the top of that object.
fn inside_list(text: &str, lines: &[Line], number: usize, mut place: Place) -> Place {
    let is_list = place.kind.as_ref().is_some_and(|kind| kind.ends_with("List"));
    let is_item = matches!(place.path.as_slice(),
        [Step::Field(name), Step::Item, ..] if name == "items");
    if !is_list || !is_item {
        return place;
    }
    let is_items =
        |line: &Line| line.key.as_ref().is_some_and(|key| key.column == 0 && key.name == "items");
    let first = lines.iter().position(is_items).map_or(0, |at| at + 1);
    let dash = lines[first..=number].iter().find_map(|line| line.dashes.first());
    let begins = |line: &Line| line.dashes.first().is_some_and(|it| Some(it) == dash);
    let begun = (first..=number).rev().find(|at| begins(&lines[*at])).unwrap_or(number);
    let after = lines[begun + 1..].iter().position(begins);
    let item = &lines[begun..after.map_or(lines.len(), |count| begun + 1 + count)];
    let column = item[0].key.as_ref().map_or(item[0].content_column, |key| key.column);
    let top = |name: &str| {
        let mut keys = item.iter().filter_map(|line| line.key.as_ref());
        value_of(text, keys.find(|key| key.column == column && key.name == name)?)
    };
    (place.kind, place.api_version) = (top("kind"), top("apiVersion"));
    place.path.drain(..2);
    place
}

/// What stands behind a key on its line.
fn value_of(text: &str, key: &scan::Key) -> Option<String> {
    let value = text[key.colon + 1..].lines().next().unwrap_or_default();
    let value = value.split(" #").next().unwrap_or_default().trim();
    Some(value.trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
}

/// What the top of a document says.
struct Head {
    kind: Option<String>,
    api_version: Option<String>,
}

impl Head {
    fn of(text: &str, document: Span, lines: &[Line]) -> Self {
        let body = &text[document.start..document.end];
        if body.trim_start().starts_with('{') {
            let top = |name: &str| scan::top_string(body, name);
            return Self { kind: top("kind"), api_version: top("apiVersion") };
        }
        let top = |name: &str| {
            let keys = lines
                .iter()
                .filter_map(|line| line.key.as_ref().filter(|_| line.dashes.is_empty()));
            let key = keys.filter(|key| key.column == 0).find(|key| key.name == name)?;
            value_of(text, key)
        };
        Self { kind: top("kind"), api_version: top("apiVersion") }
    }

    fn at(self, path: Vec<Step>, position: Position, span: Span, quoted: bool) -> Place {
        let Head { kind, api_version } = self;
        Place { kind, api_version, path, position, span, flow: false, quoted }
    }

    /// The place between braces and brackets that begin at `start`.
    fn flow(self, text: &str, start: usize, at: usize, mut path: Vec<Step>) -> Option<Place> {
        let found = scan::flow(text, start, at)?;
        path.extend(found.path);
        let position = match found.keys {
            Some(taken) => Position::Key { taken, indent: None },
            None => Position::Value,
        };
        let Head { kind, api_version } = self;
        Some(Place {
            kind,
            api_version,
            path,
            position,
            span: found.word,
            flow: true,
            quoted: found.quoted,
        })
    }
}

/// The way from the top to what stands at a column of a line, behind these dashes.
fn above(lines: &[Line], number: usize, column: usize, dashes: &[usize]) -> Vec<Step> {
    let mut path = Vec::new();
    let (mut present, mut is_item) = (column, false);
    for dash in dashes.iter().rev() {
        path.push(Step::Item);
        (present, is_item) = (*dash, true);
    }
    for line in lines[..number].iter().rev() {
        if let Some(key) = &line.key
            && (key.column < present || (is_item && key.column == present))
        {
            path.push(Step::Field(key.name.clone()));
            (present, is_item) = (key.column, false);
        }
        for dash in line.dashes.iter().rev().filter(|_| !line.is_text) {
            if *dash < present {
                path.push(Step::Item);
                (present, is_item) = (*dash, true);
            }
        }
    }
    path.reverse();
    path
}

/// The keys that stand at the same column in the same mapping.
fn siblings(lines: &[Line], number: usize, column: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut own_dash = lines[number].dashes.last().is_some_and(|dash| *dash < column);
    for line in lines[..number].iter().rev() {
        if own_dash || line.is_text || line.is_blank {
            if own_dash {
                break;
            }
            continue;
        }
        let Some(first) = line.first_column() else { continue };
        if let Some(key) = line.key.as_ref().filter(|key| key.column == column) {
            found.push(key.name.clone());
        }
        if first < column {
            break;
        }
        own_dash = false;
    }
    for line in &lines[number + 1..] {
        if line.is_text || line.is_blank {
            continue;
        }
        let Some(first) = line.first_column() else { continue };
        if first < column {
            break;
        }
        if let Some(key) = line.key.as_ref().filter(|key| key.column == column) {
            found.push(key.name.clone());
        }
    }
    found
}
