//! Lines and brackets of an unfinished text: no tree, and nothing is refused.

use super::place::Step;
use crate::Span;

/// One line of a document in block style.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Its first byte.
    pub start: usize,
    /// The columns of its dashes.
    pub dashes: Vec<usize>,
    /// The key that begins it, behind the dashes.
    pub key: Option<Key>,
    /// The column behind blanks and dashes.
    pub content_column: usize,
    /// Whether nothing stands on it but blanks.
    pub is_blank: bool,
    /// Whether it belongs to a block of text (`|`, `>`), or to brackets opened above it.
    pub is_text: bool,
    /// Where its comment begins.
    pub comment: Option<usize>,
    /// Brackets that hold it or begin on it.
    pub flow: Option<Span>,
}

/// A key in block style.
#[derive(Debug)]
pub(super) struct Key {
    pub name: String,
    pub column: usize,
    /// How many bytes it has as written.
    pub length: usize,
    /// The byte of its colon.
    pub colon: usize,
}

impl Line {
    /// The column of the first dash or key.
    pub fn first_column(&self) -> Option<usize> {
        self.dashes.first().copied().or(self.key.as_ref().map(|key| key.column))
    }
}

/// The document that a byte stands in, without its `---`.
pub(super) fn document_around(text: &str, at: usize) -> Span {
    let mut document = Span { start: 0, end: text.len() };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace) {
            if at >= end || at > start + 2 {
                document.start = end;
            } else {
                document.end = start;
                break;
            }
        }
        start = end;
    }
    document.start = document.start.min(document.end);
    document
}

/// The lines of a document.
pub(super) fn lines(text: &str, document: Span) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // A block of text holds what is indented deeper than its key.
    let mut block: Option<usize> = None;
    let mut brackets: Option<(Span, usize)> = None;
    let mut start = document.start;
    let body = &text[document.start..document.end];
    let ends_open = body.is_empty() || body.ends_with('\n');
    for raw in body.split_inclusive('\n').chain(ends_open.then_some("")) {
        let content = raw.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches(' ').len();
        let mut line = Line { start, is_blank: content.trim().is_empty(), ..Line::default() };
        if let Some((span, above)) = brackets.filter(|(span, _)| start < span.end) {
            line.is_text = true;
            line.flow = Some(span);
            // The brackets belong to the key of the line that opened them.
            if let Some(opened) = lines.get(above).and_then(|line: &Line| line.key.as_ref()) {
                line.key = Some(Key { name: opened.name.clone(), ..*opened });
                line.dashes = lines[above].dashes.clone();
            }
        } else if block.is_some_and(|column| line.is_blank || indent > column) {
            line.is_text = true;
        } else {
            block = None;
            read(&mut line, content);
            if let Some(key) = &line.key {
                let value = text[key.colon + 1..start + content.len()].trim();
                if value.starts_with(['|', '>']) {
                    block = Some(line.dashes.first().copied().unwrap_or(key.column));
                }
                if value.starts_with(['{', '[']) {
                    let opened =
                        text[key.colon..].find(['{', '[']).map_or(key.colon, |it| it + key.colon);
                    let end = closed(text, opened, document.end);
                    line.flow = Some(Span { start: opened, end });
                    brackets = line.flow.map(|flow| (flow, lines.len()));
                }
            }
        }
        start += raw.len();
        lines.push(line);
    }
    lines
}

fn read(line: &mut Line, content: &str) {
    let bytes = content.as_bytes();
    let mut at = 0;
    loop {
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        let is_dash =
            bytes.get(at) == Some(&b'-') && matches!(bytes.get(at + 1), None | Some(b' '));
        if !is_dash {
            break;
        }
        line.dashes.push(at);
        at += 1;
    }
    line.content_column = at;
    let rest = &content[at..];
    let comment = match rest.starts_with('#') {
        true => Some(0),
        false => rest.find(" #").map(|it| it + 1),
    };
    line.comment = comment.map(|comment| line.start + at + comment);
    let written = &rest[..comment.unwrap_or(rest.len())];
    let colon = written
        .match_indices(':')
        .map(|(colon, _)| colon)
        .find(|colon| matches!(written.as_bytes().get(colon + 1), None | Some(b' ')));
    if let Some(colon) = colon.filter(|_| !written.starts_with(['{', '['])) {
        let name = written[..colon].trim();
        line.key = Some(Key {
            name: name.trim_matches(['"', '\'']).to_owned(),
            column: at,
            length: name.len(),
            colon: line.start + at + colon,
        });
    }
}

/// Where brackets that open at a byte are closed, or the end.
fn closed(text: &str, opened: usize, end: usize) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in text[opened..end].char_indices() {
        match (quote, letter) {
            (Some(mark), _) if mark == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return opened + at;
                }
            }
            (None, _) => {}
        }
    }
    end
}

/// A place between brackets.
pub(super) struct InFlow {
    pub path: Vec<Step>,
    /// The keys that are taken, if a key may stand there.
    pub keys: Option<Vec<String>>,
    pub word: Span,
    pub quoted: bool,
}

struct Frame {
    is_mapping: bool,
    keys: Vec<String>,
    /// The key whose value is being written.
    key: Option<String>,
}

/// The place of a byte between brackets that begin at `start`.
pub(super) fn flow(text: &str, start: usize, at: usize) -> Option<InFlow> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut word: Option<usize> = None;
    let mut quote: Option<char> = None;
    let last_word = |word: Option<usize>, end: usize| {
        let written = word.map_or("", |word| text[word..end].trim());
        written.trim_matches(['"', '\'']).to_owned()
    };
    for (offset, letter) in text[start..at.max(start)].char_indices() {
        let here = start + offset;
        if let Some(mark) = quote {
            if mark == letter {
                quote = None;
            }
            continue;
        }
        match letter {
            '"' | '\'' => {
                quote = Some(letter);
                word.get_or_insert(here);
            }
            '{' | '[' => {
                frames.push(Frame { is_mapping: letter == '{', keys: Vec::new(), key: None });
                word = None;
            }
            '}' | ']' => {
                frames.pop();
                word = None;
            }
            ':' => {
                let name = last_word(word.take(), here);
                if let Some(frame) = frames.last_mut().filter(|frame| frame.key.is_none()) {
                    frame.keys.push(name.clone());
                    frame.key = Some(name);
                }
            }
            ',' => {
                word = None;
                if let Some(frame) = frames.last_mut() {
                    frame.key = None;
                }
            }
            letter if letter.is_whitespace() => {}
            _ => {
                word.get_or_insert(here);
            }
        }
    }
    let innermost = frames.last()?;
    let keys = (innermost.is_mapping && innermost.key.is_none()).then(|| innermost.keys.clone());
    let mut path = Vec::new();
    for frame in &frames {
        match (&frame.key, frame.is_mapping) {
            (Some(key), _) => path.push(Step::Field(key.clone())),
            (None, false) => path.push(Step::Item),
            (None, true) => {}
        }
    }
    let quoted = quote.is_some();
    // A key is written anew with its quotation marks, a value between those that are there.
    let begun = word.unwrap_or(at) + usize::from(quoted && keys.is_none());
    Some(InFlow { path, keys, word: Span { start: begun.min(at), end: at }, quoted })
}

/// The quoted word around a byte, without its quotation marks.
pub(super) fn quoted_around(text: &str, at: usize) -> Option<Span> {
    let line = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let start = text[line..at].rfind('"').map(|it| line + it + 1)?;
    let end = text[at..].find('"').map(|it| at + it)?;
    (!text[start..end].contains(['\n', ':', ','])).then_some(Span { start, end })
}

/// A text at the top of a JSON object.
pub(super) fn top_string(body: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    let start = body.find('{')?;
    body.match_indices(&quoted).find_map(|(at, _)| {
        let place = flow(body, start, at)?;
        let rest = body[at + quoted.len()..].trim_start().strip_prefix(':')?.trim_start();
        let value = rest.strip_prefix('"')?.split('"').next()?;
        (place.path.is_empty() && place.keys.is_some()).then(|| value.to_owned())
    })
}
