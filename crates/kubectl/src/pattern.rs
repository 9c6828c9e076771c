//! Expected text with gaps: a line `…` stands for any lines, `…` within a line for any text.
//!
//! What a gap stands for decides how wide a column is, so text with gaps within its lines may have
//! other runs of spaces.

/// Whether text fits what is expected, line by line.
pub fn fits(expected: &str, actual: &str) -> bool {
    let gaps = expected.lines().any(|line| line != "…" && line.contains('…'));
    let lines = |text: &str| -> Vec<String> {
        let line = |line: &str| if gaps { single_spaces(line) } else { line.trim_end().to_owned() };
        text.lines().map(line).collect()
    };
    lines_fit(&lines(expected), &lines(actual))
}

fn single_spaces(line: &str) -> String {
    let mut out = String::new();
    for character in line.trim_end().chars() {
        if character != ' ' || !out.ends_with(' ') {
            out.push(character);
        }
    }
    out
}

/// Only the last gap ever has to grow: what stands before it fits already.
fn lines_fit(expected: &[String], actual: &[String]) -> bool {
    let (mut wanted, mut found) = (0, 0);
    let mut gap: Option<(usize, usize)> = None;
    while found < actual.len() {
        match expected.get(wanted) {
            Some(line) if line == "…" => {
                gap = Some((wanted, found));
                wanted += 1;
            }
            Some(line) if line_fits(line, &actual[found]) => {
                wanted += 1;
                found += 1;
            }
            _ => {
                let Some((at, skipped)) = gap else { return false };
                gap = Some((at, skipped + 1));
                wanted = at + 1;
                found = skipped + 1;
            }
        }
    }
    expected[wanted..].iter().all(|line| line == "…")
}

fn line_fits(expected: &str, actual: &str) -> bool {
    let mut pieces = expected.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stand_for_anything_and_nothing_else_does() {
        assert!(fits("a\n…\nd\n", "a\nb\nc\nd\n"));
        assert!(fits("web-…   1/1\n", "web-x2k   1/1\n"));
        assert!(fits("a\n", "a  \n"));
        assert!(fits("NAME  AGE\nweb-… 1s\n", "NAME      AGE\nweb-x2k   1s\n"));
        assert!(!fits("a b\n", "a  b\n"));
        assert!(!fits("a\n", "b\n"));
        assert!(!fits("a\n", "a\nb\n"));
        assert!(!fits("a\nb\n", "a\n"));
        assert!(!fits("web-… 0/1\n", "web-x 1/1\n"));
    }
}
