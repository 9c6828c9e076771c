//! An exam under way: its tasks, what is kept of each, the clock, and the report.

use std::collections::{BTreeMap, BTreeSet};

use cluster::SourceFile;
use lesson::{Lesson, Score};
use serde::{Deserialize, Serialize};

use super::At;
use crate::protocol::Graded;
use crate::shared::Shared;

/// Milliseconds of a minute.
const MINUTE: f64 = 60_000.0;

/// An exam as it is kept in the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExamSaved {
    /// The exam's file: name and text.
    pub file: Sheet,
    /// Its tasks' files, in order.
    pub tasks: Vec<Sheet>,
    /// When it began, in milliseconds since 1970; nothing before.
    pub started: Option<f64>,
    /// Whether it was ended.
    pub ended: bool,
    /// The task on show.
    pub current: usize,
    /// The tasks that were begun.
    pub begun: BTreeSet<usize>,
    /// The tasks to come back to.
    pub flagged: BTreeSet<usize>,
    /// What stands in the editor for each task that is not on show, and whether it is applied.
    pub texts: BTreeMap<usize, (Vec<SourceFile>, bool)>,
}

/// A file of an exam.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// An exam.
#[derive(Clone, Debug)]
pub struct Exam {
    /// What is kept of it.
    pub saved: ExamSaved,
    /// What it says before it begins, how long it takes, and what passes.
    pub lesson: Shared<Lesson>,
    /// Its tasks as read.
    pub tasks: Vec<Shared<Lesson>>,
    /// What the tasks that were begun earned, once it was ended.
    pub report: Option<Shared<Vec<Graded>>>,
}

impl Exam {
    /// An exam, read from what is kept.
    pub fn read(saved: ExamSaved) -> Self {
        let read = |sheet: &Sheet| Shared::new(lesson::read(&sheet.name, &sheet.text).0);
        let tasks = saved.tasks.iter().map(read).collect();
        Self { lesson: read(&saved.file), tasks, saved, report: None }
    }

    /// A task as an open lesson.
    pub fn at(&self, task: usize) -> Option<At> {
        let sheet = self.saved.tasks.get(task)?;
        Some(At::read(sheet.name.clone(), sheet.text.as_str().into(), 0))
    }

    /// Whether its clock runs.
    pub fn is_under_way(&self) -> bool {
        self.saved.started.is_some() && !self.saved.ended
    }

    /// How many milliseconds are left; nothing before it has begun.
    pub fn left(&self, now: f64) -> Option<f64> {
        let minutes = f64::from(self.lesson.about.minutes.unwrap_or_default());
        Some((self.saved.started? + minutes * MINUTE - now).max(0.0))
    }

    /// What a task earned.
    pub fn score(&self, task: usize) -> Score {
        let Some(lesson) = self.tasks.get(task) else { return Score::default() };
        self.graded(task).map_or_else(|| Score::nothing_of(lesson), |graded| graded.score)
    }

    /// What came of a task; nothing if it was not begun.
    pub fn graded(&self, task: usize) -> Option<&Graded> {
        let id = &self.tasks.get(task)?.about.id;
        self.report.as_ref()?.iter().find(|graded| &graded.id == id)
    }

    /// What all tasks earned together.
    pub fn total(&self) -> Score {
        (0..self.tasks.len()).map(|task| self.score(task)).sum()
    }
}
