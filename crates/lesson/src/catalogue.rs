//! All lessons together: their order, what each needs and teaches, and what is wrong between them.

use std::collections::BTreeMap;

use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lesson::{About, Finding, Kind};
use crate::read;

/// All lessons, in the order in which to offer them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The lessons.
    pub entries: Vec<Entry>,
}

/// A lesson and its file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The file, below the folder of the lessons: `course/01-….md`.
    pub path: String,
    /// Its front matter.
    pub about: About,
}

impl Catalogue {
    /// The catalogue of these lessons.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| key(one).cmp(&key(other)));
        Self { entries }
    }

    /// Reads an index: `{"lessons": [{"path": "…", "front": "id: …"}]}`, with the front matter of each
    /// file as it stands in it.
    ///
    /// # Errors
    /// What is wrong with the index.
    pub fn read(index: &str) -> Result<Self, String> {
        let index: Value = serde_json::from_str(index).map_err(|error| error.to_string())?;
        let lessons = index["lessons"].as_array().ok_or("the index has no list `lessons`")?;
        let entry = |lesson: &Value| {
            let path = lesson["path"].as_str()?.to_owned();
            Some(Entry { path, about: read::about(lesson["front"].as_str()?) })
        };
        Ok(Self::new(lessons.iter().filter_map(entry).collect()))
    }

    /// A lesson by its id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.about.id == id)
    }

    /// What to do next, if these are done: the first of the course that is not, and all of whose
    /// requirements are.
    pub fn next(&self, is_done: impl Fn(&str) -> bool) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.about.kind == Kind::Lesson
                && !is_done(&entry.about.id)
                && self.missing(entry, &is_done).next().is_none()
        })
    }

    /// What an entry requires and is not done.
    pub fn missing<'c>(
        &'c self,
        entry: &'c Entry,
        is_done: &'c impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'c Entry> {
        let required = entry.about.requires.iter().filter(|id| !is_done(id));
        required.filter_map(|id| self.find(id))
    }

    /// How many there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.entries.iter().filter(|entry| entry.about.kind == kind).count()
    }

    /// What is wrong between lessons, each with its file.
    pub fn problems(&self) -> Vec<(String, Finding)> {
        let mut problems = Vec::new();
        let mut note = |entry: &Entry, message: String, hint: Option<String>| {
            problems.push((entry.path.clone(), Finding { line: 1, message, hint }));
        };
        let mut ids: BTreeMap<&str, &Entry> = BTreeMap::new();
        let mut numbers: BTreeMap<String, &Entry> = BTreeMap::new();
        for entry in &self.entries {
            if let Some(other) = ids.insert(&entry.about.id, entry) {
                note(
                    entry,
                    format!("the id `{}` is that of {} too", entry.about.id, other.path),
                    None,
                );
            }
            if let Some(number) = number(&entry.about)
                && let Some(other) = numbers.insert(number.clone(), entry)
            {
                note(entry, format!("{number} is that of {} too", other.path), None);
            }
        }
        let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
        for entry in &self.entries {
            let about = &entry.about;
            for (field, id) in about
                .requires
                .iter()
                .map(|id| ("requires", id))
                .chain(about.tasks.iter().map(|id| ("tasks", id)))
            {
                match ids.get(id.as_str()) {
                    None => {
                        let meant = manifest::nearest(id, ids.keys().copied());
                        let hint = meant.map(|meant| format!("did you mean `{meant}`?"));
                        note(
                            entry,
                            format!("`{field}` names `{id}`, and there is no such lesson"),
                            hint,
                        );
                    }
                    Some(other) if field == "tasks" && other.about.kind != Kind::Task => {
                        note(entry, format!("`{id}` is no task"), None);
                    }
                    Some(_) => {
                        graph.add_edge(id.as_str(), about.id.as_str(), ());
                    }
                }
            }
        }
        if let Err(cycle) = toposort(&graph, None)
            && let Some(entry) = ids.get(cycle.node_id())
        {
            let message = format!("`{}` requires itself, by way of others", entry.about.id);
            note(entry, message, Some("take one of its `requires` away".into()));
        }
        problems
    }
}

/// The course by its sections, then faults, cards and exams by their numbers.
fn key(entry: &Entry) -> (Kind, u32, &str) {
    let about = &entry.about;
    let digits = |text: &Option<String>| -> Option<u32> {
        text.as_ref()?.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()
    };
    let number = match about.kind {
        Kind::Lesson => about.section,
        Kind::Fault => digits(&about.fault),
        Kind::Card => about.misconception,
        Kind::Task => digits(&about.task),
        Kind::Exam | Kind::Guide => None,
    };
    (about.kind, number.unwrap_or_default(), &entry.path)
}

/// What only one lesson may be: `section 3`, `fault T1`.
fn number(about: &About) -> Option<String> {
    match about.kind {
        Kind::Lesson => about.section.map(|number| format!("section {number}")),
        Kind::Fault => about.fault.as_ref().map(|number| format!("fault {number}")),
        Kind::Card => about.misconception.map(|number| format!("misconception {number}")),
        Kind::Task => about.task.as_ref().map(|number| format!("task {number}")),
        Kind::Exam | Kind::Guide => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(id: &str, section: u32, requires: &[&str]) -> Entry {
        let about = About {
            id: id.into(),
            section: Some(section),
            requires: requires.iter().map(|id| (*id).to_owned()).collect(),
            ..About::default()
        };
        Entry { path: format!("course/{id}.md"), about }
    }

    fn problems(entries: &[Entry]) -> Vec<String> {
        let catalogue = Catalogue::new(entries.to_vec());
        catalogue
            .problems()
            .into_iter()
            .map(|(path, finding)| format!("{path}: {}", finding.message))
            .collect()
    }

    #[test]
    fn lessons_stand_in_order_and_name_each_other() {
        let entries = [lesson("b", 2, &["a"]), lesson("a", 1, &[])];
        assert!(problems(&entries).is_empty());
        assert_eq!(Catalogue::new(entries.to_vec()).entries[0].about.id, "a");
    }

    #[test]
    fn what_is_next_has_all_it_requires() {
        let catalogue = Catalogue::new(vec![
            lesson("a", 1, &["c"]),
            lesson("b", 2, &[]),
            lesson("c", 3, &["b"]),
        ]);
        let next = |done: &[&str]| {
            catalogue.next(|id| done.contains(&id)).map(|entry| entry.about.id.clone())
        };
        assert_eq!(next(&[]).as_deref(), Some("b"));
        assert_eq!(next(&["b"]).as_deref(), Some("c"));
        assert_eq!(next(&["b", "c"]).as_deref(), Some("a"));
        assert_eq!(next(&["a", "b", "c"]), None);
    }

    #[test]
    fn what_is_wrong_between_them_is_named() {
        assert_eq!(
            problems(&[lesson("a", 1, &["c"]), lesson("b", 1, &[])]),
            [
                "course/b.md: section 1 is that of course/a.md too",
                "course/a.md: `requires` names `c`, and there is no such lesson",
            ]
        );
        let cycle = problems(&[lesson("a", 1, &["b"]), lesson("b", 2, &["a"])]);
        assert!(cycle[0].contains("requires itself"), "{cycle:?}");
    }

    #[test]
    fn an_index_is_the_front_matter_of_each() {
        let index = r#"{"lessons": [{"path": "cards/x.md", "front": "id: x\ntitle: X\nkind: card\nmisconception: 1\n"}]}"#;
        let catalogue = Catalogue::read(index).unwrap();
        assert_eq!(catalogue.find("x").map(|entry| entry.about.kind), Some(Kind::Card));
        assert!(Catalogue::read("{}").is_err());
    }
}
