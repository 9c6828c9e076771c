//! How many lessons there are, counted for the README, so that no number in it is ever wrong.

use std::path::Path;

use crate::shell::{Failure, file_error};

/// The line of the README begins with this.
const START: &str = "It comes with ";

/// The folders of `lessons/`, with what one file of each is.
const FOLDERS: &[(&str, &str, &str)] = &[
    ("course", "lesson", "lessons"),
    ("faults", "fault to find", "faults to find"),
    ("cards", "misconception to put right", "misconceptions to put right"),
    ("tasks", "exam task", "exam tasks"),
];

/// The README's line as it should be, if it is another; with `write`, puts it there.
///
/// # Errors
/// When a file cannot be read or written.
pub fn check(root: &Path, write: bool) -> Result<Option<String>, Failure> {
    let path = root.join("README.md");
    let text = std::fs::read_to_string(&path).map_err(file_error("read", &path))?;
    let line = line(
        &FOLDERS
            .iter()
            .map(|(folder, ..)| count(&root.join("lessons").join(folder)))
            .collect::<Vec<_>>(),
    );
    if text.lines().any(|each| each == line) {
        return Ok(None);
    }
    let number = text.lines().position(|each| each.starts_with(START));
    if let (true, Some(number)) = (write, number) {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[number] = &line;
        let text = lines.join("\n") + "\n";
        std::fs::write(&path, text).map_err(file_error("write", &path))?;
        return Ok(None);
    }
    let number = number.map_or(1, |number| number + 1);
    Ok(Some(format!(
        "README.md:{number}: run `cargo xtask tidy --write`, or write this line: {line}"
    )))
}

fn count(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|extension| extension == "md")).count()
}

fn line(counts: &[usize]) -> String {
    let parts: Vec<String> = FOLDERS
        .iter()
        .zip(counts)
        .map(|((_, one, several), count)| {
            format!("{count} {}", if *count == 1 { one } else { several })
        })
        .collect();
    let (last, others) = parts.split_last().expect("there are folders");
    format!("{START}{} and {last}; `lessons/README.md` says how to write one.", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!(
            line(&[16, 1, 0, 10]),
            "It comes with 16 lessons, 1 fault to find, 0 misconceptions to put right and 10 exam tasks; `lessons/README.md` says how to write one."
        );
    }
}
