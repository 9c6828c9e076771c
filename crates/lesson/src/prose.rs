//! Prose: Markdown as a small tree of elements, without raw HTML.
//!
//! The only file that knows the Markdown parser. What a lesson's author writes reaches the page as
//! these elements, never as markup, so no lesson can run a script.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::{Deserialize, Serialize};

/// A block of prose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Element {
    /// A heading below those of the steps, of level 3 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; its first number if it is numbered.
    List(Option<u64>, Vec<Vec<Element>>),
    /// Code with the language named above it.
    Code(String, String),
    /// A quotation.
    Quote(Vec<Element>),
    /// A table: the cells of its head, then its rows.
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
    /// A line across.
    Rule,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inline {
    /// Words.
    Text(String),
    /// Code.
    Code(String),
    /// Words in italics.
    Emphasis(Vec<Inline>),
    /// Words in bold.
    Strong(Vec<Inline>),
    /// Words that lead to an address.
    Link(String, Vec<Inline>),
    /// A new line.
    Break,
}

/// Something in prose that is not shown: where, in bytes, and what.
pub(crate) type Refused = (usize, &'static str);

/// Reads prose.
pub(crate) fn read(text: &str) -> (Vec<Element>, Vec<Refused>) {
    let mut reader = Reader {
        events: Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter().collect(),
        at: 0,
        refused: Vec::new(),
    };
    let elements = reader.elements(None);
    (elements, reader.refused)
}

/// Reads a piece of a line: a question, an answer.
pub(crate) fn read_inline(text: &str) -> (Vec<Inline>, Vec<Refused>) {
    let (elements, refused) = read(text.trim());
    let mut line = Vec::new();
    for element in elements {
        if let Element::Paragraph(inlines) | Element::Heading(_, inlines) = element {
            if !line.is_empty() {
                line.push(Inline::Break);
            }
            line.extend(inlines);
        }
    }
    (line, refused)
}

/// The words of a line without their form.
pub fn plain(line: &[Inline]) -> String {
    let mut text = String::new();
    for inline in line {
        match inline {
            Inline::Text(words) | Inline::Code(words) => text.push_str(words),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link(_, inner) => {
                text.push_str(&plain(inner));
            }
            Inline::Break => text.push('\n'),
        }
    }
    text
}

/// Where the links in prose lead.
pub(crate) fn links(elements: &[Element]) -> Vec<&str> {
    let mut links = Vec::new();
    for element in elements {
        match element {
            Element::Heading(_, line) | Element::Paragraph(line) => line_links(line, &mut links),
            Element::List(_, items) => {
                links.extend(items.iter().flat_map(|item| self::links(item)));
            }
            Element::Quote(inner) => links.extend(self::links(inner)),
            Element::Table(head, rows) => {
                for cell in head.iter().chain(rows.iter().flatten()) {
                    line_links(cell, &mut links);
                }
            }
            Element::Code(..) | Element::Rule => {}
        }
    }
    links
}

fn line_links<'e>(line: &'e [Inline], links: &mut Vec<&'e str>) {
    for inline in line {
        match inline {
            Inline::Link(address, inner) => {
                links.push(address);
                line_links(inner, links);
            }
            Inline::Emphasis(inner) | Inline::Strong(inner) => line_links(inner, links),
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}

struct Reader<'t> {
    events: Vec<(Event<'t>, std::ops::Range<usize>)>,
    at: usize,
    refused: Vec<Refused>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<(Event<'t>, usize)> {
        let (event, range) = self.events.get(self.at)?.clone();
        self.at += 1;
        Some((event, range.start))
    }

    /// Blocks up to the end of the one they stand in.
    fn elements(&mut self, end: Option<TagEnd>) -> Vec<Element> {
        let mut elements = Vec::new();
        // The words of a tight list's item stand in it without a paragraph.
        let mut loose = Vec::new();
        while let Some((event, start)) = self.next() {
            let element = match event {
                Event::End(tag) if Some(tag) == end => break,
                Event::Start(Tag::Paragraph) => {
                    Some(Element::Paragraph(self.line(TagEnd::Paragraph)))
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    if level < HeadingLevel::H3 {
                        self.refused
                            .push((start, "a heading of the first or second level inside a block"));
                    }
                    Some(Element::Heading((level as u8).max(3), self.line(TagEnd::Heading(level))))
                }
                Event::Start(Tag::List(first)) => Some(self.list(first)),
                Event::Start(Tag::CodeBlock(kind)) => Some(self.code(&kind)),
                Event::Start(Tag::BlockQuote(kind)) => {
                    Some(Element::Quote(self.elements(Some(TagEnd::BlockQuote(kind)))))
                }
                Event::Start(Tag::Table(_)) => Some(self.table()),
                Event::Start(Tag::HtmlBlock) => {
                    self.refused.push((start, "raw HTML"));
                    self.skip(TagEnd::HtmlBlock);
                    None
                }
                Event::Rule => Some(Element::Rule),
                Event::End(_) => None,
                other => {
                    self.inline(other, start, &mut loose);
                    continue;
                }
            };
            flush(&mut loose, &mut elements);
            elements.extend(element);
        }
        flush(&mut loose, &mut elements);
        elements
    }

    fn list(&mut self, first: Option<u64>) -> Element {
        let mut items = Vec::new();
        while let Some((event, _)) = self.next() {
            match event {
                Event::Start(Tag::Item) => items.push(self.elements(Some(TagEnd::Item))),
                Event::End(TagEnd::List(_)) => break,
                _ => {}
            }
        }
        Element::List(first, items)
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>) -> Element {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        let mut text = String::new();
        while let Some((event, _)) = self.next() {
            match event {
                Event::Text(piece) => text.push_str(&piece),
                Event::End(TagEnd::CodeBlock) => break,
                _ => {}
            }
        }
        Element::Code(language.to_owned(), text)
    }

    fn table(&mut self) -> Element {
        let (mut head, mut rows, mut row) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((event, _)) = self.next() {
            match event {
                Event::Start(Tag::TableCell) => row.push(self.line(TagEnd::TableCell)),
                Event::End(TagEnd::TableHead) => head = std::mem::take(&mut row),
                Event::End(TagEnd::TableRow) => rows.push(std::mem::take(&mut row)),
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Element::Table(head, rows)
    }

    /// Pieces up to an end.
    fn line(&mut self, end: TagEnd) -> Vec<Inline> {
        let mut line = Vec::new();
        while let Some((event, start)) = self.next() {
            if event == Event::End(end) {
                break;
            }
            self.inline(event, start, &mut line);
        }
        line
    }

    fn inline(&mut self, event: Event<'t>, start: usize, line: &mut Vec<Inline>) {
        match event {
            Event::Text(text) => words(line, &text),
            Event::Code(text) => line.push(Inline::Code(text.into_string())),
            Event::SoftBreak => words(line, " "),
            Event::HardBreak => line.push(Inline::Break),
            Event::Start(Tag::Emphasis) => {
                let inner = self.line(TagEnd::Emphasis);
                line.push(Inline::Emphasis(inner));
            }
            Event::Start(Tag::Strong) => {
                let inner = self.line(TagEnd::Strong);
                line.push(Inline::Strong(inner));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let inner = self.line(TagEnd::Link);
                if is_safe(&dest_url) {
                    line.push(Inline::Link(dest_url.into_string(), inner));
                } else {
                    self.refused.push((start, "a link that is neither `https:` nor to a lesson"));
                    line.extend(inner);
                }
            }
            Event::Start(Tag::Image { .. }) => {
                self.refused.push((start, "a picture"));
                let words = self.line(TagEnd::Image);
                line.extend(words);
            }
            Event::Html(_) | Event::InlineHtml(_) => self.refused.push((start, "raw HTML")),
            _ => {}
        }
    }

    fn skip(&mut self, end: TagEnd) {
        while let Some((event, _)) = self.next() {
            if event == Event::End(end) {
                break;
            }
        }
    }
}

fn flush(loose: &mut Vec<Inline>, elements: &mut Vec<Element>) {
    if !loose.is_empty() {
        elements.push(Element::Paragraph(std::mem::take(loose)));
    }
}

/// Words that follow words become one piece.
fn words(line: &mut Vec<Inline>, text: &str) {
    match line.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => line.push(Inline::Text(text.to_owned())),
    }
}

/// Whether a link may be followed: to a web page, another lesson by its id (`?lesson=…`), or a heading.
pub fn is_safe(address: &str) -> bool {
    ["https://", "http://", "?lesson=", "#"].iter().any(|start| address.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_elements() {
        let (elements, refused) =
            read("A **b** `c`\nd [e](https://f).\n\n1. one\n2. two\n\n| a |\n|---|\n| `b` |\n");
        assert!(refused.is_empty());
        let text = |words: &str| Inline::Text(words.into());
        assert_eq!(
            elements[0],
            Element::Paragraph(vec![
                text("A "),
                Inline::Strong(vec![text("b")]),
                text(" "),
                Inline::Code("c".into()),
                text(" d "),
                Inline::Link("https://f".into(), vec![text("e")]),
                text("."),
            ])
        );
        assert_eq!(
            elements[1],
            Element::List(
                Some(1),
                vec![
                    vec![Element::Paragraph(vec![text("one")])],
                    vec![Element::Paragraph(vec![text("two")])]
                ]
            )
        );
        assert_eq!(
            elements[2],
            Element::Table(vec![vec![text("a")]], vec![vec![vec![Inline::Code("b".into())]]])
        );
    }

    #[test]
    fn no_markup_and_no_script_gets_through() {
        let (elements, refused) =
            read("a<b onclick=x>c\n\n<script>alert(1)</script>\n\n[d](javascript:e) ![f](g)\n");
        assert_eq!(refused.len(), 4, "{refused:?}");
        assert!(!format!("{elements:?}").contains("alert"));
        assert!(!format!("{elements:?}").contains("javascript"));
    }
}
