//! The measurement as a person reads it and as a program reads it.

use std::fmt::Write;

use serde::Serialize;

use crate::judge::FileReport;

/// One line a file and the closing total, after the first `failures` differences.
#[must_use]
pub fn text(files: &[FileReport], failures: usize) -> String {
    let mut out = String::new();
    let failed = files.iter().flat_map(|file| {
        file.cases.iter().filter(|case| !case.passed).map(move |case| (&file.file, case))
    });
    for (file, case) in failed.take(failures) {
        let difference = case.difference.as_deref().unwrap_or("no words for the difference");
        let _ = writeln!(out, "── {file} · {}\n{}\n", case.name, difference.trim_end());
    }
    let width = files.iter().map(|file| file.file.len()).max().unwrap_or(0);
    for file in files {
        let (passed, cases) = (file.passed(), file.cases.len());
        let _ = writeln!(out, "{:width$}  {}", file.file, score(passed, cases));
    }
    let (passed, cases) = totals(files);
    let _ = writeln!(out, "truth: {}", score(passed, cases));
    out
}

/// The counts as one line of JSON.
#[must_use]
pub fn json(files: &[FileReport]) -> String {
    #[derive(Serialize)]
    struct File<'a> {
        file: &'a str,
        cases: usize,
        passed: usize,
    }
    #[derive(Serialize)]
    struct All<'a> {
        files: Vec<File<'a>>,
        cases: usize,
        passed: usize,
    }
    let (passed, cases) = totals(files);
    let files = files
        .iter()
        .map(|file| File { file: &file.file, cases: file.cases.len(), passed: file.passed() })
        .collect();
    serde_json::to_string(&All { files, cases, passed })
        .expect("strings and numbers are always JSON")
}

fn totals(files: &[FileReport]) -> (usize, usize) {
    files
        .iter()
        .fold((0, 0), |(passed, cases), file| (passed + file.passed(), cases + file.cases.len()))
}

/// `1234 of 1300 cases (94.9 %)`. The share is cut and not rounded, so that 100.0 % is only ever all of them.
fn score(passed: usize, cases: usize) -> String {
    let tenths = (passed * 1000).checked_div(cases).unwrap_or(0);
    format!("{passed} of {cases} cases ({}.{} %)", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::CaseResult;

    fn sample() -> Vec<FileReport> {
        let cases = |passed: usize, failed: usize| {
            let good = (0..passed).map(|index| CaseResult::pass(format!("good {index}")));
            let bad = (0..failed).map(|index| CaseResult::fail(format!("bad {index}"), "-a\n+b\n"));
            good.chain(bad).collect()
        };
        vec![
            FileReport { file: "a.json".into(), cases: cases(2, 1) },
            FileReport { file: "longer.json".into(), cases: cases(999, 1) },
        ]
    }

    #[test]
    fn a_person_reads_one_line_a_file_and_a_total() {
        assert_eq!(
            text(&sample(), 1),
            "── a.json · bad 0\n-a\n+b\n\n\
             a.json       2 of 3 cases (66.6 %)\n\
             longer.json  999 of 1000 cases (99.9 %)\n\
             truth: 1001 of 1003 cases (99.8 %)\n"
        );
        assert_eq!(text(&[], 0), "truth: 0 of 0 cases (0.0 %)\n");
    }

    #[test]
    fn a_program_reads_one_line_of_json() {
        assert_eq!(
            json(&sample()),
            r#"{"files":[{"file":"a.json","cases":3,"passed":2},{"file":"longer.json","cases":1000,"passed":999}],"cases":1003,"passed":1001}"#
        );
    }
}
