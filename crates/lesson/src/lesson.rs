//! What a lesson is: its front matter, its steps, and the blocks of a step in the order of the file.
//!
//! The page gets these values too, to draw them. What only the engine needs (how a check is made)
//! does not cross to it.

use cluster::{Cni, GatewayController, IngressController, LoadBalancer, ProxyMode, SourceFile};
use serde::{Deserialize, Serialize};

use crate::probe::Probe;
use crate::prose::{Element, Inline};
use crate::transcript::Transcript;

/// A lesson, a fault to find, a card about a misconception, a task of an exam, or an exam.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its front matter.
    pub about: About,
    /// What stands before the first step.
    pub introduction: Vec<Block>,
    /// What is done before the learner arrives.
    pub start: Vec<Action>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A lesson's front matter: all that the catalogue needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Its name in links, unique.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// The section of the course, from 1.
    pub section: Option<u32>,
    /// How long it takes; an exam's timer.
    pub minutes: Option<u32>,
    /// The lessons to do before.
    pub requires: Vec<String>,
    /// The words it explains.
    pub teaches: Vec<String>,
    /// The exams that ask for it: `CKA`.
    pub exams: Vec<String>,
    /// A card's number.
    pub misconception: Option<u32>,
    /// A fault's number: `T1`.
    pub fault: Option<String>,
    /// A task's number: `D1`.
    pub task: Option<String>,
    /// An exam's tasks in order.
    pub tasks: Vec<String>,
    /// The part of the points that passes an exam, in per cent.
    pub pass: Option<u32>,
    /// The cluster it begins with.
    pub cluster: Setup,
}

/// What a file of lessons is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A section of the course.
    #[default]
    Lesson,
    /// A broken cluster to repair.
    Fault,
    /// A misconception: predict, then watch.
    Card,
    /// A task of an exam.
    Task,
    /// A list of tasks with a timer.
    Exam,
    /// Questions that lead from one to another, to have beside a lesson.
    Guide,
}

impl Kind {
    /// Every kind, with the word that files use.
    pub const ALL: &'static [(&'static str, Kind)] = &[
        ("lesson", Kind::Lesson),
        ("fault", Kind::Fault),
        ("card", Kind::Card),
        ("task", Kind::Task),
        ("exam", Kind::Exam),
        ("guide", Kind::Guide),
    ];
}

/// The cluster a lesson begins with, as it differs from a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// The scenario; the opening one if none is named.
    pub scenario: Option<String>,
    /// What of the scenario's own is left out.
    pub bare: Bare,
    /// Where random choices come from.
    pub seed: Option<u64>,
    /// Another network plugin.
    pub cni: Option<Cni>,
    /// Another mode of kube-proxy.
    pub kube_proxy: Option<ProxyMode>,
    /// Another load balancer.
    pub load_balancer: Option<LoadBalancer>,
    /// Another ingress controller.
    pub ingress: Option<IngressController>,
    /// Another gateway controller.
    pub gateway: Option<GatewayController>,
    /// Another number of nodes.
    pub nodes: Option<usize>,
}

/// What of a scenario is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bare {
    /// Nothing.
    #[default]
    No,
    /// The files in the editor; what runs beside them stays.
    Files,
    /// The files, and what runs beside them.
    Yes,
}

/// One step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// The line of the heading, from 1.
    pub line: usize,
    /// What the learner sees, in order.
    pub blocks: Vec<Block>,
    /// What is done when the learner arrives.
    pub start: Vec<Action>,
    /// What must come true.
    pub checks: Vec<Check>,
    /// Up to four hints, each saying more.
    pub hints: Vec<Vec<Element>>,
    /// What solves the step.
    pub solution: Vec<Action>,
    /// Plausible attempts that do not solve it.
    pub wrong: Vec<Attempt>,
}

/// A block of a step that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// Prose.
    Prose(Vec<Element>),
    /// A question to answer before going on.
    Predict(Predict),
    /// A question to be asked again later.
    Recall(Predict),
    /// A request to watch.
    Watch(Watch),
    /// Commands to try.
    Try(Transcript),
    /// The place of the step's checks.
    Checks,
    /// What only the presenter sees.
    Note(Vec<Element>),
}

/// A question with options to tap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Predict {
    /// The question.
    pub question: Vec<Inline>,
    /// Whether several options are right.
    pub several: bool,
    /// The options.
    pub options: Vec<Answer>,
}

/// An option of a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What it says.
    pub text: Vec<Inline>,
    /// Whether it is right.
    pub right: bool,
    /// What is said about it afterwards.
    pub because: Vec<Inline>,
    /// The wrong idea behind it.
    pub misconception: Option<String>,
}

/// A request to watch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The line of the block, from 1.
    pub line: usize,
    /// Who asks: `pod/default/frontend`.
    pub from: String,
    /// What for: `http://web-service`.
    pub to: String,
    /// Where the animation halts.
    pub pause: Option<Pause>,
    /// Whether only the connection is shown, without names and pages.
    pub connect_only: bool,
    /// What must come of it.
    #[serde(skip)]
    pub expect: Option<Probe>,
}

/// Where an animation halts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pause {
    /// Where an address is rewritten.
    Nat,
    /// Where a NetworkPolicy is asked.
    Policy,
    /// Where a route is chosen that leads to another place.
    Route,
    /// Where a packet is wrapped.
    Tunnel,
    /// Where a filter rule decides.
    Filter,
    /// At the first query of a name.
    Dns,
    /// Where a packet ends without arriving.
    Drop,
}

impl Pause {
    /// Every place, with the word that files use.
    pub const ALL: &'static [(&'static str, Pause)] = &[
        ("nat", Pause::Nat),
        ("policy", Pause::Policy),
        ("route", Pause::Route),
        ("tunnel", Pause::Tunnel),
        ("filter", Pause::Filter),
        ("dns", Pause::Dns),
        ("drop", Pause::Drop),
    ];
}

/// Something that must come true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What the learner reads.
    pub text: String,
    /// What it counts in an exam.
    pub points: u32,
    /// Whether it must hold at the start too.
    pub control: bool,
    /// How it is found out.
    #[serde(skip)]
    pub probe: Option<Probe>,
}

/// Something done to the cluster and the editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// A file is put in the editor and applied.
    File(SourceFile),
    /// A file is applied, but not shown.
    Hidden(SourceFile),
    /// A file is put in the editor, but not applied.
    Draft(SourceFile),
    /// A command is run.
    Command(String),
}

/// A plausible attempt that does not solve a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The line of its block, from 1.
    pub line: usize,
    /// What is done.
    pub actions: Vec<Action>,
    /// What a failed check must then say.
    pub says: String,
}

impl Step {
    /// What links lead to it by, within its file: `does-the-name-resolve`.
    pub fn anchor(&self) -> String {
        let letters = self.title.to_lowercase();
        let words = letters.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    }
}

/// Something wrong in a file of lessons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    pub(crate) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
