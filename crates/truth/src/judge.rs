//! What a judge is, and how judges are run: one judge a file of reference data, one verdict a case.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::de::DeserializeOwned;

/// One case of a file, and whether everything it holds agrees with the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// How a person finds the case again in its file.
    pub name: String,
    /// Whether everything the case holds agrees.
    pub passed: bool,
    /// What differs, usually a [`crate::normalise::difference`]; nothing when the case passed.
    pub difference: Option<String>,
}

impl CaseResult {
    /// A case that agrees in everything.
    #[must_use]
    pub fn pass(name: impl Into<String>) -> Self {
        Self { name: name.into(), passed: true, difference: None }
    }

    /// A case that differs, and in what.
    #[must_use]
    pub fn fail(name: impl Into<String>, difference: impl Into<String>) -> Self {
        Self { name: name.into(), passed: false, difference: Some(difference.into()) }
    }

    /// Passes when nothing differs.
    #[must_use]
    pub fn from_difference(name: impl Into<String>, difference: Option<String>) -> Self {
        Self { name: name.into(), passed: difference.is_none(), difference }
    }
}

/// Everything one judge found in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file's name, without its folder.
    pub file: String,
    /// Every case, in the file's order.
    pub cases: Vec<CaseResult>,
}

impl FileReport {
    /// How many cases passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.passed).count()
    }
}

/// Reads one file of reference data and asks the engine the same questions.
#[derive(Clone, Copy)]
pub struct Judge {
    /// The name of the file it reads, without its folder.
    pub file: &'static str,
    /// Judges every case. An error is a sentence about the file: it cannot be read, or has another format.
    pub run: fn(&Path) -> Result<Vec<CaseResult>, String>,
}

/// Runs `judges` over the files of `folder`, and tells `note` about what had to be skipped.
pub fn run(judges: &[Judge], folder: &Path, mut note: impl FnMut(&str)) -> Vec<FileReport> {
    if !folder.is_dir() {
        note(&format!("truth: no folder `{}`, skipped", folder.display()));
        return Vec::new();
    }
    let mut reports = Vec::new();
    for judge in judges {
        let path = folder.join(judge.file);
        if !path.is_file() {
            note(&format!("{}: not in `{}`, skipped", judge.file, folder.display()));
            continue;
        }
        match (judge.run)(&path) {
            Ok(cases) => reports.push(FileReport { file: judge.file.to_owned(), cases }),
            Err(reason) => note(&format!("{}: {reason}, skipped", judge.file)),
        }
    }
    reports
}

/// Judges one case; a panic of the engine is a failed case, and not the end of the measurement.
pub fn guarded(name: impl Into<String>, case: impl FnOnce() -> Option<String>) -> CaseResult {
    let name = name.into();
    match catch_unwind(AssertUnwindSafe(case)) {
        Ok(difference) => CaseResult::from_difference(name, difference),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("without words");
            CaseResult::fail(name, format!("the engine panicked: {message}"))
        }
    }
}

/// Reads a whole JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Reads a file with one JSON value a line; empty lines are passed over.
pub fn read_json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A judge of a file of numbers, which thinks that the engine only knows even ones.
    fn evens(path: &Path) -> Result<Vec<CaseResult>, String> {
        let numbers: Vec<u32> = read_json_lines(path)?;
        Ok(numbers
            .into_iter()
            .map(|number| {
                guarded(number.to_string(), || {
                    assert_ne!(number, 13, "unlucky");
                    (number % 2 == 1).then(|| "odd".to_owned())
                })
            })
            .collect())
    }

    #[test]
    fn a_folder_is_judged_and_what_is_missing_is_named() {
        let folder = std::env::temp_dir().join(format!("podhop-truth-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the system's temporary folder is writable");
        std::fs::write(folder.join("numbers.jsonl"), "2\n\n3\n4\n13\n").expect("just created");
        std::fs::write(folder.join("broken.jsonl"), "2\n{\n").expect("just created");
        let judges = ["numbers.jsonl", "broken.jsonl", "absent.jsonl"]
            .map(|file| Judge { file, run: evens });

        let mut notes = Vec::new();
        let reports = run(&judges, &folder, |note| notes.push(note.to_owned()));
        std::fs::remove_dir_all(&folder).expect("just created");

        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].passed(), reports[0].cases.len()), (2, 4));
        assert_eq!(
            reports[0].cases[3],
            CaseResult::fail(
                "13",
                "the engine panicked: assertion `left != right` failed: unlucky\n  left: 13\n right: 13"
            )
        );
        assert_eq!(notes.len(), 2);
        assert!(notes[0].starts_with("broken.jsonl: line 2: "), "{}", notes[0]);
        assert!(notes[1].starts_with("absent.jsonl: not in"), "{}", notes[1]);
    }

    #[test]
    fn a_missing_folder_is_said() {
        let mut notes = Vec::new();
        assert!(
            run(&[], Path::new("/no/such/folder"), |note| notes.push(note.to_owned())).is_empty()
        );
        assert_eq!(notes, ["truth: no folder `/no/such/folder`, skipped"]);
    }
}
