//! What running a file's cases found, as differences to read or as the file brought up to date.

use std::fmt::Write;
use std::ops::Range;

use std::sync::Arc;

use similar::TextDiff;
use trace::Journey;

use kubectl::pattern;

/// Every expectation of a file with what the engine says.
#[derive(Debug, Default)]
pub struct Report {
    expectations: Vec<Expectation>,
    broken: Vec<String>,
    /// Every request that the cases made, for whoever wants to look at the packets.
    pub journeys: Vec<Arc<Journey>>,
}

/// One block's expectation.
#[derive(Debug)]
struct Expectation {
    heading: String,
    line: usize,
    content: Range<usize>,
    expected: String,
    actual: String,
    fits: bool,
}

impl Report {
    /// Notes what a block expects and what came of it.
    pub fn compare(
        &mut self,
        heading: &str,
        line: usize,
        content: Range<usize>,
        expected: &str,
        actual: String,
    ) {
        let fits = pattern::fits(expected, &actual);
        let (heading, expected) = (heading.to_owned(), expected.to_owned());
        self.expectations.push(Expectation { heading, line, content, expected, actual, fits });
    }

    /// Notes that a case could not run as written, which no update mends.
    pub fn broken(&mut self, heading: &str, line: usize, problem: &str) {
        self.broken.push(format!("line {line}: {heading}: {problem}\n"));
    }

    /// The differences, empty if all is as expected. `-` is expected, `+` is what happens.
    pub fn failures(&self) -> String {
        let mut text = self.broken.concat();
        for expectation in self.expectations.iter().filter(|expectation| !expectation.fits) {
            write!(text, "\nline {}: {}\n", expectation.line, expectation.heading)
                .expect("a String takes every write");
            let diff = TextDiff::from_lines(&expectation.expected, &expectation.actual);
            text.push_str(&diff.unified_diff().context_radius(3).to_string());
        }
        text
    }

    /// The file with every expectation that does not fit replaced by what happens.
    pub fn updated(&self, text: &str) -> String {
        let mut updated = text.to_owned();
        for expectation in self.expectations.iter().rev().filter(|expectation| !expectation.fits) {
            let mut actual = expectation.actual.clone();
            if !actual.is_empty() && !actual.ends_with('\n') {
                actual.push('\n');
            }
            updated.replace_range(expectation.content.clone(), &actual);
        }
        updated
    }
}
