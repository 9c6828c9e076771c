//! What is asked and told of a lesson. Lessons cross as the text of their file: both sides read it
//! with the same code, and the engine alone runs and judges it.

use cluster::SourceFile;
use lesson::Score;
use lesson::run::Halt;
use serde::{Deserialize, Serialize};

use super::{Told, View};

/// What the page asks for in a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LessonCommand {
    /// Take up a lesson's cluster; if it is not there yet, build it as it is at the beginning of a
    /// step. The cluster before it is kept.
    Open {
        /// The file's name.
        name: String,
        /// Its text.
        text: String,
        /// The step, from 0.
        step: usize,
    },
    /// Go on to a step from where the cluster is.
    Arrive(usize),
    /// Solve the present step.
    Solve,
    /// Bring the cluster back to where the present step began.
    Reset,
    /// Send the request of a `watch` block.
    Watch {
        /// The step, from 0.
        step: usize,
        /// The block of the step, from 0.
        block: usize,
    },
    /// Say what holds of the present step.
    Judge,
    /// Say what every task that was begun earns.
    Grade,
}

impl LessonCommand {
    /// Whether the cluster is another one afterwards.
    pub fn changes_the_cluster(&self) -> bool {
        !matches!(self, LessonCommand::Judge | LessonCommand::Grade)
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum LessonUpdate {
    /// The cluster is another one.
    Arrived {
        /// What belongs into the editor.
        files: Vec<SourceFile>,
        /// Whether that is all that belongs there.
        whole: bool,
        /// Whether some of it is not applied.
        unapplied: bool,
        /// What went wrong on the way.
        problems: Vec<String>,
        /// The cluster.
        view: Box<View>,
    },
    /// A request that was to be watched.
    Watched {
        /// What happened.
        told: Box<Told>,
        /// Where to halt.
        halt: Option<Halt>,
        /// The cluster.
        view: Box<View>,
    },
    /// What holds of a step.
    Judged {
        /// The lesson.
        id: String,
        /// Its step.
        step: usize,
        /// Each check.
        judged: Vec<Judged>,
    },
    /// What the tasks that were begun earn.
    Graded(Vec<Graded>),
}

/// What came of a check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// What must come true.
    pub text: String,
    /// Whether it is.
    pub passed: bool,
    /// What was observed.
    pub observed: String,
    /// What it counts.
    pub points: u32,
    /// The request that failed, if one did.
    pub told: Option<Box<Told>>,
}

/// What a task earns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded {
    /// The task.
    pub id: String,
    /// Its points.
    pub score: Score,
    /// Its checks.
    pub judged: Vec<Judged>,
}
