//! The course as the page knows it: what there is, what is open, and how far the learner has come.
//!
//! What a lesson says comes from `lesson::read`, what holds in it from the engine; this only keeps
//! track of what was answered, watched and unfolded.

mod acts;
mod at;
mod change;
mod exam;
mod hooks;
mod opening;
mod progress;
mod shelf;

use cluster::FileFindings;
use lesson::Kind;
use manifest::Severity;

use crate::saved::Saved;
use crate::shared::Shared;
use crate::state::Printed;

pub use acts::{CourseAct, act};
pub use at::{At, Open, is_resolved, unfolded};
pub use change::CourseChange;
pub use exam::{Exam, ExamSaved, Sheet};
pub use hooks::use_course;
pub use opening::start;
pub use progress::{Progress, StepRecord};
pub use shelf::{Own, Shelf};

/// The course as the page knows it.
#[derive(Clone, Default, PartialEq)]
pub struct Course {
    /// Whether the catalogue is open.
    pub open: bool,
    /// The lessons that come with Podhop.
    pub shelf: Shelf,
    /// Lessons that a person brought.
    pub own: Shared<Vec<Own>>,
    /// The lesson that is open.
    pub at: Option<At>,
    /// The exam that is being taken, or looked back on.
    pub exam: Option<Shared<Exam>>,
    /// How far the learner has come.
    pub progress: Shared<Progress>,
    /// The learner's own session, which comes back when the lesson is left.
    pub playground: Option<Shared<Saved>>,
    /// A line that a lesson has typed into the terminal.
    pub typed: Option<Shared<Printed>>,
    /// The questions beside a fault, if they are open.
    pub guide: Option<Shared<lesson::Lesson>>,
    /// The day, counted from 1970.
    pub today: u32,
}

impl Course {
    /// What is found in texts, without advice where a cause is to be found.
    pub fn unaided(&self, mut findings: Vec<FileFindings>) -> Vec<FileFindings> {
        let is_lesson = |at: &At| at.lesson.about.kind == Kind::Lesson;
        if !self.at.as_ref().is_none_or(is_lesson) {
            for found in &mut findings {
                found.diagnostics.retain(|it| it.severity != Severity::Warning);
            }
        }
        findings
    }
}
