//! Transcripts: lines `$ command`, each with exactly what it prints below.
//!
//! `…` alone on a line stands for any lines, within a line for any text. A here-document stands
//! below its command, up to its word.

use std::ops::Range;

use kubectl::{Shell, pattern};
use serde::{Deserialize, Serialize};

/// Commands to try, with what they print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The commands in order.
    pub tried: Vec<Tried>,
}

/// A command and what it prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The command, with its here-document below.
    pub command: String,
    /// What it prints, as the lesson says.
    pub prints: String,
    /// The line of the command in the file, from 1.
    pub line: usize,
    /// Where `prints` stands in the file, in bytes.
    #[serde(skip)]
    pub place: Range<usize>,
}

impl Transcript {
    /// Reads a block that begins at a byte and a line of its file. The text before the first command
    /// belongs to none; it is handed back with its line.
    pub(crate) fn read(text: &str, start: usize, line: usize) -> (Self, Option<usize>) {
        let mut tried: Vec<Tried> = Vec::new();
        let mut stray = None;
        let mut at = start;
        let mut below: Option<String> = None;
        for (number, each) in text.split_inclusive('\n').enumerate() {
            at += each.len();
            match (tried.last_mut(), each.strip_prefix("$ ")) {
                (Some(last), _) if below.is_some() => {
                    last.command.push('\n');
                    last.command.push_str(each.trim_end_matches('\n'));
                    last.place = at..at;
                    if below.as_deref() == Some(each.trim()) {
                        below = None;
                    }
                }
                (_, Some(command)) => {
                    let command = command.trim_end().to_owned();
                    below = here_document(&command);
                    let line = line + number;
                    tried.push(Tried { command, prints: String::new(), line, place: at..at });
                }
                (Some(last), None) => {
                    last.prints.push_str(each);
                    last.place.end = at;
                }
                (None, None) if each.trim().is_empty() => {}
                (None, None) => stray = stray.or(Some(line + number)),
            }
        }
        (Self { tried }, stray)
    }
}

impl Tried {
    /// Runs the command; what it printed, and whether that is what the lesson says.
    pub fn run(&self, shell: &mut Shell) -> (String, bool) {
        let output = shell.run(&self.command, None).output;
        let mut printed = output.stdout + &output.stderr;
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        let fits = pattern::fits(&self.prints, &printed);
        (printed, fits)
    }
}

/// The word that ends a command's here-document.
fn here_document(command: &str) -> Option<String> {
    let after = command.split_once("<<")?.1.trim_start_matches('-').trim_start();
    let word = after.split_whitespace().next()?.trim_matches(['\'', '"']);
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_taken_apart() {
        let text = "$ a\nx\ny\n$ cat <<EOF\n$ b\nEOF\nz\n$ c\n";
        let (transcript, stray) = Transcript::read(text, 10, 5);
        assert_eq!(stray, None);
        let of = |at: usize| &transcript.tried[at];
        assert_eq!((of(0).command.as_str(), of(0).prints.as_str(), of(0).line), ("a", "x\ny\n", 5));
        assert_eq!((of(1).command.as_str(), of(1).prints.as_str()), ("cat <<EOF\n$ b\nEOF", "z\n"));
        assert_eq!(&text[of(1).place.start - 10..of(1).place.end - 10], "z\n");
        assert_eq!((of(2).prints.as_str(), of(2).line), ("", 12));
        assert_eq!(Transcript::read("x\n$ a\n", 0, 1).1, Some(1));
    }
}
