//! A line being typed in the terminal: editing, history, completion. Pure; the terminal only shows.

use kubectl::goes_on;

/// A line being typed, and those typed before.
#[derive(Clone, Debug, Default)]
pub struct LineInput {
    text: Vec<char>,
    cursor: usize,
    history: Vec<String>,
    /// Where in the history the line came from, counted from its end.
    back: usize,
    /// What stands before the line; empty if it is the usual.
    pub prompt: String,
    /// The word looked for in the history, and which line was found, counted from its end.
    search: Option<(String, usize)>,
}

/// What a key that sends an escape sequence does to the line.
type Edit = fn(&mut LineInput);

/// What typing asks of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Show the line anew.
    Redraw,
    /// The command goes on in another line.
    GoOn,
    /// Run this line.
    Run(String),
    /// The line is given up.
    Cancel,
    /// Clear the screen.
    Clear,
    /// Ask how this line may go on.
    Complete(String),
}

impl LineInput {
    /// An empty line, after these.
    pub fn remembering(history: Vec<String>) -> Self {
        Self { history, ..Self::default() }
    }

    /// The lines typed so far, the oldest first.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// The word looked for in the history, and the line found, while somebody looks.
    pub fn searched(&self) -> Option<(&str, &str)> {
        let (word, back) = self.search.as_ref()?;
        Some((word, self.found(*back)))
    }

    /// The line as typed so far.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The last line of what was typed so far, and whether others stand before it.
    pub fn shown(&self) -> (bool, String) {
        let begun = self.begun();
        (begun > 0, self.text[begun..].iter().collect())
    }

    /// How many characters stand after the cursor.
    pub fn after_cursor(&self) -> usize {
        self.text.len() - self.cursor
    }

    /// Takes what was typed or pasted.
    pub fn typed(&mut self, data: &str) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let mut rest = data;
        while let Some(first) = rest.chars().next() {
            let (wish, used) = match self.escape(rest) {
                Some(used) => (Some(Wish::Redraw), used),
                None => (self.key(first), first.len_utf8()),
            };
            wishes.extend(wish);
            rest = &rest[used..];
        }
        wishes
    }

    /// How many characters stand before the cursor.
    pub fn before_cursor(&self) -> usize {
        self.cursor
    }

    /// Puts a completion in place of what stands between `start` and the cursor; unless more can
    /// follow, the word is closed with a space.
    pub fn complete(&mut self, start: usize, word: &str, more: bool) {
        let start = start.min(self.cursor);
        let mut new: Vec<char> = word.chars().collect();
        if !more && !word.ends_with('=') {
            new.push(' ');
        }
        let length = new.len();
        self.text.splice(start..self.cursor, new);
        self.cursor = start + length;
    }

    /// Acts on a key that sends an escape sequence; tells how long that was.
    fn escape(&mut self, data: &str) -> Option<usize> {
        let known: [(&str, Edit); 12] = [
            ("\u{1b}[A", |line| line.recall(1)),
            ("\u{1b}[B", |line| line.recall(-1)),
            ("\u{1b}[C", |line| line.cursor = (line.cursor + 1).min(line.text.len())),
            ("\u{1b}[D", |line| line.cursor = line.cursor.saturating_sub(1).max(line.begun())),
            ("\u{1b}[H", |line| line.cursor = line.begun()),
            ("\u{1b}[F", |line| line.cursor = line.text.len()),
            ("\u{1b}OH", |line| line.cursor = line.begun()),
            ("\u{1b}OF", |line| line.cursor = line.text.len()),
            ("\u{1b}OA", |line| line.recall(1)),
            ("\u{1b}OB", |line| line.recall(-1)),
            ("\u{1b}[3~", |line| {
                if line.cursor < line.text.len() {
                    line.text.remove(line.cursor);
                }
            }),
            ("\u{1b}", |_| ()),
        ];
        // What was found in the history is the line that the key acts on.
        if data.starts_with('\u{1b}')
            && let Some((_, back)) = self.search.take()
        {
            self.text = self.found(back).chars().collect();
            self.cursor = self.text.len();
        }
        let (sequence, act) = known.into_iter().find(|(sequence, _)| data.starts_with(sequence))?;
        act(self);
        Some(sequence.len())
    }

    fn key(&mut self, key: char) -> Option<Wish> {
        if let Some(wish) = self.search_key(key) {
            return wish;
        }
        match key {
            '\u{12}' => self.search = Some((String::new(), 0)),
            '\u{b}' => self.text.truncate(self.cursor),
            '\r' | '\n' if goes_on(&self.text()) => {
                self.text.push('\n');
                self.cursor = self.text.len();
                return Some(Wish::GoOn);
            }
            '\r' | '\n' => {
                let line = self.take();
                let kept = folded(&line).filter(|kept| !kept.trim().is_empty());
                if let Some(kept) = kept.filter(|kept| self.history.last() != Some(kept)) {
                    self.history.push(kept);
                }
                return Some(Wish::Run(line));
            }
            // The end of the input, which ends a shell.
            '\u{4}' if self.text.is_empty() => return Some(Wish::Run("exit".into())),
            '\t' => return Some(Wish::Complete(self.text[..self.cursor].iter().collect())),
            '\u{3}' => {
                self.take();
                return Some(Wish::Cancel);
            }
            '\u{c}' => return Some(Wish::Clear),
            '\u{1}' => self.cursor = self.begun(),
            '\u{5}' => self.cursor = self.text.len(),
            '\u{15}' => {
                let begun = self.begun();
                self.text.drain(begun..self.cursor);
                self.cursor = begun;
            }
            '\u{17}' => self.rub_word(),
            '\u{7f}' | '\u{8}' => {
                if self.cursor > self.begun() {
                    self.cursor -= 1;
                    self.text.remove(self.cursor);
                }
            }
            key if key.is_control() => return None,
            key => {
                self.text.insert(self.cursor, key);
                self.cursor += 1;
            }
        }
        Some(Wish::Redraw)
    }

    /// What a key does while somebody looks in the history; nothing if nobody does, or no more.
    fn search_key(&mut self, key: char) -> Option<Option<Wish>> {
        let (mut word, back) = self.search.take()?;
        let older = match key {
            '\u{12}' => back + 1,
            '\u{3}' | '\u{7}' => return Some(Some(Wish::Redraw)),
            '\u{7f}' | '\u{8}' => {
                word.pop();
                1
            }
            key if key.is_control() => {
                self.text = self.found(back).chars().collect();
                self.cursor = self.text.len();
                return None;
            }
            key => {
                word.push(key);
                back.max(1)
            }
        };
        let fits = |back: &usize| {
            let line = self.history.len().checked_sub(*back).map(|at| &self.history[at]);
            line.is_some_and(|line| line.contains(&word))
        };
        let found = (older..=self.history.len()).find(fits).unwrap_or(back);
        self.search = Some((word, found));
        Some(Some(Wish::Redraw))
    }

    /// A line of the history, counted from its end from 1.
    fn found(&self, back: usize) -> &str {
        let at = self.history.len().checked_sub(back).filter(|_| back > 0);
        at.map_or("", |at| self.history[at].as_str())
    }

    fn rub_word(&mut self) {
        let end = self.cursor;
        let begun = self.begun();
        while self.cursor > begun && self.text[self.cursor - 1] == ' ' {
            self.cursor -= 1;
        }
        while self.cursor > begun && self.text[self.cursor - 1] != ' ' {
            self.cursor -= 1;
        }
        self.text.drain(self.cursor..end);
    }

    /// Where the last line begins; what stands before it is as good as run.
    fn begun(&self) -> usize {
        self.text.iter().rposition(|it| *it == '\n').map_or(0, |at| at + 1)
    }

    fn recall(&mut self, by: isize) {
        if self.begun() > 0 {
            return;
        }
        self.back = self.back.saturating_add_signed(by).min(self.history.len());
        let line = match self.back {
            0 => "",
            back => self.history[self.history.len() - back].as_str(),
        };
        self.text = line.chars().collect();
        self.cursor = self.text.len();
    }

    fn take(&mut self) -> String {
        self.back = 0;
        self.cursor = 0;
        std::mem::take(&mut self.text).into_iter().collect()
    }
}

/// A loop of several lines as one; none for a here-document, which needs its lines.
fn folded(text: &str) -> Option<String> {
    if text.contains('\n') && text.contains("<<") {
        return None;
    }
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        let opens = ["do", "then", "else", "{", "|", "&&", "||"];
        let between = if opens.iter().any(|it| line.ends_with(it)) { " " } else { "; " };
        if !line.is_empty() {
            line.push_str(between);
        }
        line.push_str(part);
    }
    Some(if text.contains('\n') { line } else { text.to_owned() })
}

#[cfg(test)]
mod tests;
