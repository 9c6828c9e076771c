//! Everything the page knows. How that changes is in [`change`].

mod change;
mod files;
mod panels;
mod past;
mod run;
mod session;
mod show;
mod traffic;

use std::collections::BTreeSet;
use std::rc::Rc;

use cluster::{FileFindings, SourceFile, SourceSpan};
use manifest::{Diagnostic, ObjectRef};
use topology::{Card, Scene};
use trace::Place;

use crate::course::Course;
use crate::protocol::{Completions, Inspection, View};
use crate::saved::Saved;
use crate::shared::Shared;
use crate::storage::{Screen, Theme};

pub use change::Change;
pub use files::FileChange;
pub use panels::{Panel, PanelAnswers};
pub use past::Past;
pub use run::Run;
pub use traffic::Traffic;

/// Everything the page knows.
#[derive(Clone, PartialEq)]
pub struct State {
    /// The learner's texts.
    pub files: Shared<Vec<SourceFile>>,
    /// Which of them the editor shows.
    pub active: usize,
    /// The file that was closed last, and where it stood.
    pub closed: Option<Rc<(usize, SourceFile)>>,
    /// Counts up when a text is replaced from outside the editor, so that the editor follows.
    pub revision: u32,
    /// What was found in the texts.
    pub findings: Shared<Vec<FileFindings>>,
    /// What the cluster said to the last apply.
    pub said: Vec<String>,
    /// Whether the texts differ from what was last applied.
    pub unapplied: bool,
    /// Lines to show in the editor; the number counts up with every wish.
    pub shown_lines: Option<(u32, SourceSpan)>,
    /// The cluster, once it runs.
    pub view: Option<Shared<View>>,
    /// The Pods that came with the last change of the cluster.
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    /// The cards of the Pods that went with it.
    pub gone: Shared<Vec<Card>>,
    /// The request on show.
    pub run: Option<Shared<Run>>,
    /// Whether the engine works on something the learner waits for.
    pub busy: bool,
    /// The step on show.
    pub cue: usize,
    /// Whether time runs.
    pub playing: bool,
    /// The step at which time stops by itself.
    pub halt: Option<usize>,
    /// How fast time runs.
    pub speed: f64,
    /// Whether time begins again when it comes to the end.
    pub looping: bool,
    /// The one protocol whose packets are shown, where a request has any.
    pub only: Option<String>,
    /// The requests made so far.
    pub past: Past,
    /// Steady traffic.
    pub traffic: Traffic,
    /// What the terminal's last line printed.
    pub printed: Option<Shared<Printed>>,
    /// How the terminal's present line may go on.
    pub completions: Option<Shared<Completions>>,
    /// Who sends the next request.
    pub from: Option<Place>,
    /// What the next request is for.
    pub target: String,
    /// The object whose card is open.
    pub selected: Option<ObjectRef>,
    /// What the engine told of it.
    pub inspection: Option<Shared<Inspection>>,
    /// What to bring near on the map, or else all of it; the number counts up with every wish.
    pub focus: Option<(u32, Option<ObjectRef>)>,
    /// Which panel is open below.
    pub panel: Panel,
    /// What the engine told the panels.
    pub answers: PanelAnswers,
    /// Whether the sheet of keys is open.
    pub help: bool,
    /// Whether the list of everything that can be done is open.
    pub palette: bool,
    /// The course, and the lesson that is open.
    pub course: Course,
    /// The session that the engine is repeating.
    pub resuming: Option<Shared<Saved>>,
    /// Something to tell that belongs nowhere else.
    pub notice: Option<Notice>,
    /// Light, dark, or as the system is set.
    pub theme: Theme,
    /// How the screen is set.
    pub screen: Screen,
}

/// What a line in the terminal printed.
#[derive(Debug)]
pub struct Printed {
    /// Counts up with every line.
    pub number: u32,
    /// The text, both streams as they came.
    pub text: String,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

/// A line between areas that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Split {
    Left,
    Right,
    Below,
    Lesson,
}

impl State {
    /// Brings something near on the map, or shows all of it.
    fn bring_near(&mut self, object: Option<ObjectRef>) {
        let wish = self.focus.as_ref().map_or(0, |(wish, _)| wish + 1);
        self.focus = Some((wish, object));
    }

    /// The page before the engine has answered, as it was left.
    pub fn restored(files: Vec<SourceFile>, theme: Theme, screen: Screen) -> Self {
        Self {
            files: Shared::new(files),
            active: 0,
            closed: None,
            revision: 0,
            findings: Shared::new(Vec::new()),
            said: Vec::new(),
            unapplied: false,
            shown_lines: None,
            view: None,
            fresh: Shared::new(BTreeSet::new()),
            gone: Shared::new(Vec::new()),
            run: None,
            busy: true,
            cue: 0,
            playing: false,
            halt: None,
            speed: 1.0,
            looping: false,
            only: None,
            past: Past::default(),
            traffic: Traffic::default(),
            printed: None,
            completions: None,
            from: None,
            target: String::new(),
            selected: None,
            inspection: None,
            focus: None,
            panel: Panel::default(),
            answers: PanelAnswers::default(),
            help: false,
            palette: false,
            course: Course::default(),
            resuming: None,
            notice: None,
            theme,
            screen,
        }
    }

    /// The map at the step on show; a map of the past has no packet on it.
    pub fn scene(&self) -> Scene {
        match &self.run {
            Some(run) if self.answers.past.is_none() => {
                Scene::of(&run.told.journey, &run.timeline, self.cue)
            }
            _ => Scene::default(),
        }
    }

    /// What was found in one of the texts.
    pub fn findings_of(&self, file: usize) -> &[Diagnostic] {
        let name = self.files.get(file).map(|file| file.name.as_str());
        let found = self.findings.iter().find(|found| Some(found.file.as_str()) == name);
        found.map(|found| found.diagnostics.as_slice()).unwrap_or_default()
    }
}
