//! The learner's files: opened, named, closed, brought back.

use std::rc::Rc;

use cluster::SourceFile;

use super::{Notice, State};
use crate::shared::Shared;

/// What a person does with the files.
#[derive(Clone, Debug, PartialEq)]
pub enum FileChange {
    /// An empty one is begun.
    New,
    /// One gets another name.
    Rename(usize, String),
    /// One is closed.
    Close(usize),
    /// The one that was closed last comes back.
    Reopen,
    /// This one is to be seen, and takes the place of one of the same name.
    Open(SourceFile),
    /// These come from outside; what could not be read is said.
    Bring {
        /// What was read.
        files: Vec<SourceFile>,
        /// A sentence for each that was refused.
        refused: Vec<String>,
    },
}

impl State {
    /// The state after it.
    pub(super) fn change_files(&mut self, change: FileChange) {
        let mut files = self.files.to_vec();
        match change {
            FileChange::New => {
                let name = free_name(&files, "manifest.yaml", None);
                files.push(SourceFile { name, text: String::new() });
                self.active = files.len() - 1;
            }
            FileChange::Rename(at, name) => {
                let wanted = with_ending(name.trim());
                let name = free_name(&files, &wanted, Some(at));
                match files.get_mut(at) {
                    Some(file) if wanted != ".yaml" => file.name = name,
                    _ => return,
                }
            }
            FileChange::Close(at) => {
                if at >= files.len() {
                    return;
                }
                let file = files.remove(at);
                self.closed = Some(Rc::new((at, file)));
                if files.is_empty() {
                    let name = "manifest.yaml".into();
                    files.push(SourceFile { name, text: String::new() });
                }
                if self.active > at || self.active == files.len() {
                    self.active = self.active.saturating_sub(1);
                }
            }
            FileChange::Reopen => {
                let Some(closed) = self.closed.take() else { return };
                let (at, file) = (closed.0.min(files.len()), closed.1.clone());
                let name = free_name(&files, &file.name, None);
                files.insert(at, SourceFile { name, ..file });
                self.active = at;
            }
            FileChange::Open(file) => {
                let known = files.iter().position(|it| it.name == file.name);
                self.active = known.unwrap_or(files.len());
                match known {
                    Some(at) => files[at] = file,
                    None => files.push(file),
                }
            }
            FileChange::Bring { files: new, refused } => {
                for file in new {
                    let known =
                        files.iter().position(|it| it.name == file.name && it.text == file.text);
                    self.active = known.unwrap_or(files.len());
                    if known.is_none() {
                        let name = free_name(&files, &file.name, None);
                        files.push(SourceFile { name, ..file });
                    }
                }
                if !refused.is_empty() {
                    self.notice = Some(Notice { text: refused.join(" "), bad: true });
                }
            }
        }
        self.revision += 1;
        if *self.files != files {
            self.unapplied = true;
            self.files = Shared::new(files);
        }
    }

    /// What a person types into the file on show.
    pub(super) fn type_text(&mut self, text: String) {
        let mut files: Vec<SourceFile> = self.files.to_vec();
        if let Some(file) = files.get_mut(self.active)
            && file.text != text
        {
            file.text = text;
            self.files = Shared::new(files);
            self.unapplied = true;
        }
    }
}

/// The name, or the name with the first free number; the file at `but` may have it.
fn free_name(files: &[SourceFile], name: &str, but: Option<usize>) -> String {
    let taken = |name: &str| {
        files.iter().enumerate().any(|(at, file)| file.name == name && Some(at) != but)
    };
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "yaml"));
    let numbered = (2..).map(|number| format!("{stem}-{number}.{ending}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or_default()
}

fn with_ending(name: &str) -> String {
    let known = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    if known { name.to_owned() } else { format!("{name}.yaml") }
}
