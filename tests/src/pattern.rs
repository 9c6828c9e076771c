//! Expected text with gaps: a line `…` stands for any lines, `…` within a line for any text.

/// Whether text fits what is expected, line by line.
pub fn fits(expected: &str, actual: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let actual: Vec<&str> = actual.lines().collect();
    lines_fit(&expected, &actual)
}

fn lines_fit(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&"…", rest)) => {
            (0..=actual.len()).any(|skipped| lines_fit(rest, &actual[skipped..]))
        }
        Some((line, rest)) => actual.split_first().is_some_and(|(first, others)| {
            line_fits(line.trim_end(), first.trim_end()) && lines_fit(rest, others)
        }),
    }
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
        assert!(!fits("a\n", "b\n"));
        assert!(!fits("a\n", "a\nb\n"));
        assert!(!fits("a\nb\n", "a\n"));
        assert!(!fits("web-… 0/1\n", "web-x 1/1\n"));
    }
}
