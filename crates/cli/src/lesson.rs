//! `podhop lesson`: lessons begun, checked and walked through.

use std::path::{Path, PathBuf};

use lesson::{Catalogue, Entry, Finding, Lesson};

use crate::arguments::Lessons;

/// Where lessons stand if nobody says.
const FOLDER: &str = "lessons";

/// Runs one of the verbs.
pub fn run(arguments: &Lessons) -> Result<u8, String> {
    match arguments {
        Lessons::New { id, kind } => new(id, kind),
        Lessons::Check { paths } => check(paths),
        Lessons::Run { file } => crate::walk::run(file),
    }
}

/// A lesson's file as read.
pub fn read(path: &Path) -> Result<(String, Lesson, Vec<Finding>), String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (lesson, findings) = lesson::read(&path.display().to_string(), &text);
    Ok((text, lesson, findings))
}

fn new(id: &str, kind: &str) -> Result<u8, String> {
    let text = lesson::template(id, kind)?;
    let path = PathBuf::from(format!("{id}.md"));
    if path.exists() {
        return Err(format!("{} exists already", path.display()));
    }
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!(
        "{} is written: read it, change it, and run `podhop lesson check {0}`",
        path.display()
    );
    Ok(0)
}

fn check(paths: &[PathBuf]) -> Result<u8, String> {
    let whole = paths.is_empty() || paths.iter().any(|path| path.is_dir());
    let folder = [PathBuf::from(FOLDER)];
    let paths = if paths.is_empty() { &folder } else { paths };
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { collect(path, &mut files)? } else { files.push(path.clone()) }
    }
    files.sort();
    let rewrites = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut entries = Vec::new();
    let mut wrong = 0;
    for path in &files {
        let (text, lesson, mut findings) = read(path)?;
        if findings.is_empty() {
            let verified = lesson::verify(&lesson, &text);
            findings = verified.findings;
            if let (true, Some(updated)) = (rewrites, verified.updated) {
                std::fs::write(path, updated)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                println!("{} is rewritten with what its commands print", path.display());
                findings.clear();
            }
        }
        wrong += findings.len();
        findings.iter().for_each(|finding| say(&path.display().to_string(), finding));
        entries.push(Entry { path: path.display().to_string(), about: lesson.about });
    }
    // What stands in other files is only known where the whole folder is read.
    if whole {
        for (path, finding) in Catalogue::new(entries).problems() {
            wrong += 1;
            say(&path, &finding);
        }
    }
    match wrong {
        0 => println!("{} files, all in order", files.len()),
        count => println!("{count} findings in {} files", files.len()),
    }
    Ok(u8::from(wrong > 0))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.ends_with(".md") && name != "README.md" {
            files.push(path);
        }
    }
    Ok(())
}

fn say(path: &str, finding: &Finding) {
    println!("{path}:{}: {}", finding.line, finding.message);
    if let Some(hint) = &finding.hint {
        println!("  hint: {hint}");
    }
}
