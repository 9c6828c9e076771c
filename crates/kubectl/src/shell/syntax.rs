//! A text of shell taken apart.
//!
//! The part of a POSIX shell, and of bash, that a learner types; no functions, no arrays, no `case`
//! and no globs.

use super::script::{
    Command, List, Piece, Pipeline, Problem, Redirection, Script, Stage, When, Word,
};

/// Takes a text apart.
///
/// # Errors
/// A shell's sentence about what is missing.
pub fn parse(text: &str) -> Result<Script, Problem> {
    let mut parser = Parser::of(text);
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(Script { list, documents: parser.documents }),
        Some(_) => Err(parser.unexpected()),
    }
}

/// Whether a shell would wait for another line before it runs this text.
pub fn goes_on(text: &str) -> bool {
    let mut parser = Parser::of(text);
    let list = parser.list(&[]);
    matches!(list, Err(Problem::Unfinished(_))) || parser.cut_short || text.ends_with('\\')
}

/// A here-document whose text has not come yet.
struct Awaited {
    number: usize,
    end: String,
    plain: bool,
    tabs: bool,
}

#[derive(Default)]
struct Parser {
    text: Vec<char>,
    at: usize,
    documents: Vec<Word>,
    awaited: Vec<Awaited>,
    /// Whether a here-document's last line is missing.
    cut_short: bool,
}

const RESERVED: &[&str] = &[
    "for", "while", "until", "if", "then", "elif", "else", "fi", "do", "done", "in", "{", "}", "!",
];

impl Parser {
    fn of(text: &str) -> Self {
        Self { text: text.chars().collect(), ..Self::default() }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, it)| self.text.get(self.at + offset) == Some(&it))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.starts(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// Blanks, comments and lines joined by a backslash.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.starts("\\\n") => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|it| it != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Blanks and ends of lines, where the text of here-documents begins.
    fn lines(&mut self) {
        self.blanks();
        while self.peek() == Some('\n') {
            self.end_of_line();
            self.blanks();
        }
    }

    fn end_of_line(&mut self) {
        self.at += 1;
        for awaited in std::mem::take(&mut self.awaited) {
            let mut body = String::new();
            let mut ended = false;
            while self.at < self.text.len() && !ended {
                let rest = &self.text[self.at..];
                let length = rest.iter().position(|it| *it == '\n').unwrap_or(rest.len());
                let line: String = rest[..length].iter().collect();
                self.at = (self.at + length + 1).min(self.text.len());
                let line = if awaited.tabs { line.trim_start_matches('\t') } else { &line };
                ended = line.trim_end() == awaited.end;
                if !ended {
                    body.push_str(line);
                    body.push('\n');
                }
            }
            self.cut_short |= !ended;
            let quoted = Piece::Text { text: body.clone(), quoted: true };
            let word = if awaited.plain { None } else { Parser::of(&body).quoted(None).ok() };
            self.documents[awaited.number] = Word(word.unwrap_or_else(|| vec![quoted]));
        }
    }

    /// The bare word that stands here, if it means something to the shell.
    fn reserved(&self) -> Option<&'static str> {
        RESERVED.iter().copied().find(|word| {
            let after = self.text.get(self.at + word.len());
            self.starts(word) && after.is_none_or(|it| it.is_whitespace() || ";&|()".contains(*it))
        })
    }

    fn unexpected(&self) -> Problem {
        let rest: String = self.text[self.at.min(self.text.len())..].iter().collect();
        let operator = ["&&", "||", ";;"].into_iter().find(|it| rest.starts_with(it));
        let token = match operator {
            Some(operator) => operator.to_owned(),
            None if rest.starts_with('\n') => "newline".to_owned(),
            None => match rest.find(|it: char| it.is_whitespace() || ";&|()".contains(it)) {
                Some(0) => rest.chars().take(1).collect(),
                Some(end) => rest[..end].to_owned(),
                None => rest,
            },
        };
        Problem::Wrong(format!("syntax error near unexpected token `{token}'"))
    }

    fn unfinished() -> Problem {
        Problem::Unfinished("syntax error: unexpected end of file".into())
    }

    /// Pipelines up to one of these words, which stays; up to the end if there are none.
    fn list(&mut self, ends: &[&str]) -> Result<List, Problem> {
        let mut list = List::new();
        let mut when = When::Always;
        loop {
            self.lines();
            let here = if self.peek() == Some(')') { Some(")") } else { self.reserved() };
            if here.is_some_and(|here| ends.contains(&here)) || self.peek().is_none() {
                if when != When::Always || (!ends.is_empty() && self.peek().is_none()) {
                    return Err(Self::unfinished());
                }
                // The text of a here-document that never came.
                self.cut_short |= ends.is_empty() && !self.awaited.is_empty();
                return Ok(list);
            }
            let mut pipeline = self.pipeline()?;
            pipeline.when = when;
            list.push(pipeline);
            self.blanks();
            when = When::Always;
            if self.take("&&") {
                when = When::Succeeded;
            } else if self.take("||") {
                when = When::Failed;
            } else if !(self.take(";")
                || self.take("&")
                || matches!(self.peek(), None | Some('\n')))
            {
                let here = if self.peek() == Some(')') { Some(")") } else { self.reserved() };
                if !here.is_some_and(|here| ends.contains(&here)) {
                    return Err(self.unexpected());
                }
            }
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Problem> {
        let negated = self.reserved() == Some("!") && self.take("!");
        let mut stages = Vec::new();
        loop {
            self.blanks();
            stages.push(self.stage()?);
            self.blanks();
            if self.starts("||") || !self.take("|") {
                return Ok(Pipeline { stages, when: When::Always, negated });
            }
            self.take("&");
            self.lines();
            if self.peek().is_none() {
                return Err(Self::unfinished());
            }
        }
    }

    fn stage(&mut self) -> Result<Stage, Problem> {
        let command = match self.reserved() {
            Some("for") => self.each()?,
            Some(word @ ("while" | "until")) => {
                self.take(word);
                let condition = self.list(&["do"])?;
                let body = self.body()?;
                Command::While { until: word == "until", condition, body }
            }
            Some("if") => self.condition()?,
            Some("{") => {
                self.take("{");
                let list = self.list(&["}"])?;
                self.take("}");
                Command::Group(list)
            }
            Some("!" | "in") | None => {
                if self.take("((") {
                    Command::Arithmetic(self.arithmetic()?)
                } else if self.take("(") {
                    let list = self.list(&[")"])?;
                    self.take(")");
                    Command::Group(list)
                } else {
                    return self.simple();
                }
            }
            Some(_) => return Err(self.unexpected()),
        };
        let mut redirections = Vec::new();
        self.blanks();
        while let Some(redirection) = self.redirection()? {
            redirections.push(redirection);
            self.blanks();
        }
        Ok(Stage { command, redirections })
    }

    /// `for name in words; do body; done`, or bash's `for ((first; while; then)); do body; done`.
    fn each(&mut self) -> Result<Command, Problem> {
        self.take("for");
        self.blanks();
        if self.take("((") {
            let text = self.arithmetic()?;
            let mut parts = text.splitn(3, ';').map(|part| part.trim().to_owned());
            let (first, condition) = (parts.next(), parts.next());
            self.blanks();
            self.take(";");
            let mut body = self.body()?;
            let alone = |text: Option<String>| {
                let command = Command::Arithmetic(text.unwrap_or_default());
                let stages = vec![Stage { command, redirections: Vec::new() }];
                Pipeline { stages, ..Pipeline::default() }
            };
            body.push(alone(parts.next()));
            let condition = vec![alone(condition)];
            let round = Command::While { until: false, condition, body };
            let round = Pipeline {
                stages: vec![Stage { command: round, redirections: Vec::new() }],
                ..Pipeline::default()
            };
            return Ok(Command::Group(vec![alone(first), round]));
        }
        let name = self.name();
        if name.is_empty() {
            return Err(match self.peek() {
                None => Self::unfinished(),
                Some(_) => self.unexpected(),
            });
        }
        self.lines();
        let mut words = Vec::new();
        if self.reserved() == Some("in") && self.take("in") {
            self.blanks();
            while self.peek().is_some_and(|it| !";\n&|()<>".contains(it)) {
                words.extend(braces(self.word()?));
                self.blanks();
            }
        }
        self.take(";");
        let body = self.body()?;
        Ok(Command::For { name, words, body })
    }

    /// `do body; done`.
    fn body(&mut self) -> Result<List, Problem> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        if body.is_empty() {
            return Err(Problem::Wrong("syntax error near unexpected token `done'".into()));
        }
        Ok(body)
    }

    fn expect(&mut self, word: &'static str) -> Result<(), Problem> {
        self.lines();
        match self.reserved() {
            Some(found) if found == word => {
                self.take(word);
                Ok(())
            }
            _ if self.peek().is_none() => Err(Self::unfinished()),
            _ => Err(self.unexpected()),
        }
    }

    fn condition(&mut self) -> Result<Command, Problem> {
        let (mut branches, mut otherwise) = (Vec::new(), List::new());
        self.take("if");
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            let then = self.list(&["elif", "else", "fi"])?;
            branches.push((condition, then));
            if self.take("elif") {
                continue;
            }
            if self.take("else") {
                otherwise = self.list(&["fi"])?;
            }
            self.expect("fi")?;
            return Ok(Command::If { branches, otherwise });
        }
    }

    fn simple(&mut self) -> Result<Stage, Problem> {
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                continue;
            }
            if self.peek().is_none_or(|it| ";&|()\n".contains(it)) {
                break;
            }
            let begun = self.at;
            let name = self.name();
            if words.is_empty() && !name.is_empty() && self.take("=") {
                let value = match self.peek() {
                    Some(it) if !it.is_whitespace() && !";&|()".contains(it) => self.word()?,
                    _ => Word::default(),
                };
                assignments.push((name, value));
                continue;
            }
            self.at = begun;
            words.extend(braces(self.word()?));
        }
        if assignments.is_empty() && words.is_empty() && redirections.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Stage { command: Command::Simple { assignments, words }, redirections })
    }

    fn redirection(&mut self) -> Result<Option<Redirection>, Problem> {
        let found = if self.take("2>&1") {
            Redirection::ErrorsToOutput
        } else if self.take("1>&2") || self.take(">&2") {
            Redirection::OutputToErrors
        } else if self.take("2>>") {
            Redirection::Errors { file: self.target()?, append: true }
        } else if self.take("2>") {
            Redirection::Errors { file: self.target()?, append: false }
        } else if self.take("&>") {
            Redirection::Both(self.target()?)
        } else if self.take("1>>") || self.take(">>") {
            Redirection::Output { file: self.target()?, append: true }
        } else if self.take("1>") || self.take(">") {
            Redirection::Output { file: self.target()?, append: false }
        } else if self.take("<<<") {
            Redirection::Text(self.target()?)
        } else if self.take("<<") {
            let tabs = self.take("-");
            let end = self.target()?;
            let plain = matches!(end.0.first(), Some(Piece::Text { quoted: true, .. }));
            let end = end.0.iter().filter_map(|piece| match piece {
                Piece::Text { text, .. } => Some(text.as_str()),
                _ => None,
            });
            let number = self.documents.len();
            self.awaited.push(Awaited { number, end: end.collect(), plain, tabs });
            self.documents.push(Word::default());
            Redirection::Document(number)
        } else if self.take("<") {
            Redirection::Input(self.target()?)
        } else {
            return Ok(None);
        };
        Ok(Some(found))
    }

    fn target(&mut self) -> Result<Word, Problem> {
        self.blanks();
        match self.peek() {
            Some(it) if !";&|()<>\n".contains(it) => self.word(),
            _ => Err(Problem::Wrong("syntax error near unexpected token `newline'".into())),
        }
    }

    /// A variable's name; empty if none stands here.
    fn name(&mut self) -> String {
        let begun = self.at;
        while self.peek().is_some_and(|it| {
            it == '_' || it.is_ascii_alphabetic() || (self.at > begun && it.is_ascii_digit())
        }) {
            self.at += 1;
        }
        self.text[begun..self.at].iter().collect()
    }

    fn word(&mut self) -> Result<Word, Problem> {
        let mut pieces = Vec::new();
        let mut bare = String::new();
        let end = |bare: &mut String, pieces: &mut Vec<Piece>| {
            if !bare.is_empty() {
                pieces.push(Piece::Text { text: std::mem::take(bare), quoted: false });
            }
        };
        while let Some(character) = self.peek() {
            match character {
                it if it.is_whitespace() || ";&|()<>".contains(it) => break,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(next) => {
                            end(&mut bare, &mut pieces);
                            pieces.push(Piece::Text { text: next.to_string(), quoted: true });
                        }
                        None => bare.push('\\'),
                    }
                    self.at += 1;
                }
                '\'' => {
                    end(&mut bare, &mut pieces);
                    self.at += 1;
                    let rest = &self.text[self.at..];
                    let length = rest.iter().position(|it| *it == '\'');
                    let length = length.ok_or_else(|| unclosed('\''))?;
                    let text = rest[..length].iter().collect();
                    pieces.push(Piece::Text { text, quoted: true });
                    self.at += length + 1;
                }
                '"' => {
                    end(&mut bare, &mut pieces);
                    self.at += 1;
                    pieces.extend(self.quoted(Some('"'))?);
                }
                '$' | '`' => match self.substitution(false)? {
                    Some(piece) => {
                        end(&mut bare, &mut pieces);
                        pieces.push(piece);
                    }
                    None => bare.push(character),
                },
                other => {
                    bare.push(other);
                    self.at += 1;
                }
            }
        }
        end(&mut bare, &mut pieces);
        Ok(Word(pieces))
    }

    /// What stands in double quotes, up to this character or the end; never nothing.
    fn quoted(&mut self, close: Option<char>) -> Result<Vec<Piece>, Problem> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        loop {
            match self.peek() {
                None => match close {
                    Some(quote) => return Err(unclosed(quote)),
                    None => break,
                },
                Some(it) if Some(it) == close => {
                    self.at += 1;
                    break;
                }
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(next @ ('"' | '\\' | '$' | '`')) => plain.push(next),
                        Some('\n') => {}
                        Some(next) => plain.extend(['\\', next]),
                        None => plain.push('\\'),
                    }
                    self.at += 1;
                }
                Some(character @ ('$' | '`')) => match self.substitution(true)? {
                    Some(piece) => {
                        let text = std::mem::take(&mut plain);
                        pieces.extend([Piece::Text { text, quoted: true }, piece]);
                    }
                    None => plain.push(character),
                },
                Some(other) => {
                    plain.push(other);
                    self.at += 1;
                }
            }
        }
        pieces.push(Piece::Text { text: plain, quoted: true });
        Ok(pieces)
    }

    /// What `$` or a backtick begins; steps over the character alone if it begins nothing.
    fn substitution(&mut self, quoted: bool) -> Result<Option<Piece>, Problem> {
        if self.take("`") {
            let rest = &self.text[self.at..];
            let length = rest.iter().position(|it| *it == '`').ok_or_else(|| unclosed('`'))?;
            let inside: String = rest[..length].iter().collect();
            self.at += length + 1;
            return Ok(Some(Piece::Output { list: parse(&inside)?.list, quoted }));
        }
        if self.take("$((") {
            return Ok(Some(Piece::Arithmetic(self.arithmetic()?)));
        }
        if self.take("$(") {
            let list = self.list(&[")"])?;
            self.take(")");
            return Ok(Some(Piece::Output { list, quoted }));
        }
        let braced = self.take("${");
        if !braced {
            self.take("$");
        }
        let mut name = self.name();
        if name.is_empty()
            && let Some(special) =
                self.peek().filter(|it| "?#@*$".contains(*it) || it.is_ascii_digit())
        {
            name = special.to_string();
            self.at += 1;
        }
        let mut otherwise = String::new();
        if braced {
            let rest = &self.text[self.at..];
            let length = rest.iter().position(|it| *it == '}').ok_or_else(|| unclosed('}'))?;
            let more: String = rest[..length].iter().collect();
            otherwise = more.strip_prefix(":-").or(more.strip_prefix('-')).unwrap_or("").to_owned();
            if name.is_empty() || (!more.is_empty() && otherwise.is_empty()) {
                return Err(Problem::Wrong(format!("${{{name}{more}}}: bad substitution")));
            }
            self.at += length + 1;
        }
        Ok((!name.is_empty()).then_some(Piece::Variable { name, otherwise, quoted }))
    }

    /// The text up to `))`.
    fn arithmetic(&mut self) -> Result<String, Problem> {
        let begun = self.at;
        let mut depth = 0;
        while let Some(character) = self.peek() {
            match character {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' if self.starts("))") => {
                    let text = self.text[begun..self.at].iter().collect();
                    self.at += 2;
                    return Ok(text);
                }
                _ => {}
            }
            self.at += 1;
        }
        Err(Self::unfinished())
    }
}

fn unclosed(quote: char) -> Problem {
    Problem::Unfinished(format!("unexpected EOF while looking for matching `{quote}'"))
}

/// `web-{1..3}` and `{a,b}` as the words that bash makes of them.
fn braces(word: Word) -> Vec<Word> {
    let [Piece::Text { text, quoted: false }] = word.0.as_slice() else { return vec![word] };
    let parts = text.split_once('{').and_then(|(before, rest)| {
        let (inside, after) = rest.split_once('}')?;
        let members = match inside.split_once("..") {
            Some((first, last)) => {
                let (first, last): (i64, i64) = (first.parse().ok()?, last.parse().ok()?);
                let up = (first..=last).map(|it| it.to_string());
                let down = (last..=first).rev().map(|it| it.to_string());
                if first <= last { up.take(1000).collect() } else { down.take(1000).collect() }
            }
            None if inside.contains(',') => inside.split(',').map(str::to_owned).collect(),
            None => return None,
        };
        let members: Vec<String> = members;
        Some(members.iter().map(|it| format!("{before}{it}{after}")).collect::<Vec<_>>())
    });
    match parts {
        None => vec![word],
        Some(texts) => {
            texts.into_iter().map(|text| Word(vec![Piece::Text { text, quoted: false }])).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let said = |text: &str| parse(text).unwrap_err().text().to_owned();
        assert_eq!(said("echo 'a"), "unexpected EOF while looking for matching `''");
        assert_eq!(said("a | | b"), "syntax error near unexpected token `|'");
        assert_eq!(said("&& a"), "syntax error near unexpected token `&&'");
        assert_eq!(said("echo a; done"), "syntax error near unexpected token `done'");
        assert_eq!(said("echo a >"), "syntax error near unexpected token `newline'");
    }

    #[test]
    fn a_text_that_goes_on_is_waited_for() {
        for begun in [
            "for i in 1 2 3; do",
            "for i in 1 2 3",
            "while true; do\ncurl web",
            "if true; then",
            "echo 'a",
            "kubectl get pods |",
            "true &&",
            "kubectl apply -f - <<EOF",
            "kubectl apply -f - <<EOF\nkind: Pod",
            "kubectl get pods \\",
            "echo $(kubectl get pods",
        ] {
            assert!(goes_on(begun), "{begun}");
        }
        for whole in [
            "",
            "for i in 1 2 3; do echo $i; done",
            "kubectl apply -f - <<EOF\nkind: Pod\nEOF",
            "echo done",
            "kubectl get pods -o jsonpath='{.items[*].metadata.name}' # names",
            "a | | b",
        ] {
            assert!(!goes_on(whole), "{whole}");
        }
    }
}
