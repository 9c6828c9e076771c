//! Every file of `lessons/` does what it says: its start fails its checks, its solution passes them,
//! its commands print what stands below them. `podhop lesson check` says the same.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use lesson::{Catalogue, Entry, Finding};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lessons");

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "md")
            && path.file_name().is_some_and(|name| name != "README.md")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.strip_prefix(FOLDER).unwrap_or(path).display().to_string()
}

fn say(said: &mut String, path: &str, finding: &Finding) {
    writeln!(said, "lessons/{path}:{}: {}", finding.line, finding.message)
        .expect("a String takes it");
    if let Some(hint) = &finding.hint {
        writeln!(said, "  hint: {hint}").expect("a String takes it");
    }
}

/// Checks every file of a folder.
fn check(folder: &str) {
    let mut said = String::new();
    for path in files(&Path::new(FOLDER).join(folder)) {
        let text = std::fs::read_to_string(&path).expect("lessons are text");
        let name = name(&path);
        let (lesson, mut findings) = lesson::read(&name, &text);
        if findings.is_empty() {
            findings = lesson::verify(&lesson, &text).findings;
        }
        findings.iter().for_each(|finding| say(&mut said, &name, finding));
    }
    assert!(said.is_empty(), "\n{said}`podhop lesson check` says the same");
}

#[test]
fn the_course_does_what_it_says() {
    check("course");
}

#[test]
fn the_faults_do_what_they_say() {
    check("faults");
}

#[test]
fn the_cards_do_what_they_say() {
    check("cards");
}

#[test]
fn the_tasks_and_exams_do_what_they_say() {
    check("tasks");
    check("exams");
}

#[test]
fn the_lessons_fit_together() {
    let entries = files(Path::new(FOLDER)).into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).expect("lessons are text");
        let path = name(&path);
        Entry { about: lesson::read(&path, &text).0.about, path }
    });
    let mut said = String::new();
    for (path, finding) in Catalogue::new(entries.collect()).problems() {
        say(&mut said, &path, &finding);
    }
    assert!(said.is_empty(), "\n{said}");
}

#[test]
fn the_example_of_the_readme_does_what_it_says() {
    let readme = std::fs::read_to_string(format!("{FOLDER}/README.md")).expect("it is there");
    let example =
        readme.split("````markdown\n").nth(1).and_then(|rest| rest.split("````\n").next());
    let example = example.expect("the README has an example");
    let (lesson, findings) = lesson::read("07-the-empty-service.md", example);
    assert_eq!(findings, []);
    assert_eq!(lesson::verify(&lesson, example).findings, []);
}
