//! What the page and the engine thread say to each other: a command, and the update it brings.

mod ask;
mod completions;
mod controls;
mod inspection;
mod lesson;
mod suggestions;
mod told;
mod view;

use cluster::{Applied, Fault, Part, Settings, SourceFile};
use manifest::ObjectRef;
use packet::Protocol;
use serde::{Deserialize, Serialize};
use topology::Seat;
use trace::Place;

pub use ask::{Answer, Ask};
pub use completions::Completions;
pub use controls::Controls;
pub use inspection::Inspection;
pub use lesson::{Graded, Judged, LessonCommand, LessonUpdate};
pub use suggestions::{Suggestion, Suggestions};
pub use told::Told;
pub use view::{EventLine, View};

use crate::answers::{Explained, Grid, NodeTables, Pair, Past};

/// What the page asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start the opening scenario.
    Open,
    /// Say what is wrong with these files; change nothing.
    Check(Vec<SourceFile>),
    /// Apply these files, all or nothing.
    Apply(Vec<SourceFile>),
    /// Delete an object as `kubectl delete` does.
    Delete(ObjectRef),
    /// Build the cluster anew with these settings.
    Configure(Settings),
    /// Build the cluster anew with one part of these settings, the others as they are then.
    Choose(Part, Settings),
    /// Break or mend something.
    Fault(Fault),
    /// Let another node join.
    AddNode,
    /// Take a node away.
    RemoveNode(String),
    /// Go back to before the last action.
    Undo,
    /// Do again what was undone last.
    Redo,
    /// Open the scenario, then do all of this in order and tell only the end.
    Restore(Vec<Command>),
    /// Tell everything about an object, as it is or as it was after a round.
    Inspect(ObjectRef, Option<usize>),
    /// Unfold all Pods of one owner on a node, or fold them up.
    Unfold(String, Seat),
    /// Draw at most so many nodes side by side.
    Arrange {
        /// How many.
        columns: usize,
    },
    /// Run a line in the terminal.
    Run(String),
    /// End what goes on in the terminal.
    Interrupt,
    /// Say how the word at the end of a line may go on.
    Complete(String),
    /// Say what may stand at a place of a text.
    Suggest {
        /// The text.
        text: String,
        /// The place, in UTF-16 units as JavaScript counts.
        at: usize,
    },
    /// Say what the field at a place of a text is.
    Describe {
        /// The text.
        text: String,
        /// The place, in UTF-16 units as JavaScript counts.
        at: usize,
    },
    /// Send a request and tell everything that happens to it.
    Send {
        /// Who sends it.
        from: Place,
        /// What for, as typed.
        target: String,
    },
    /// Let virtual time pass and send a request, again and again.
    Stream {
        /// Who sends them.
        from: Place,
        /// What for, as typed.
        target: String,
        /// The virtual time before each, in milliseconds.
        pause: u32,
        /// How many.
        times: u32,
    },
    /// Open a connection to a place, and tell everything that happens to it.
    Connect {
        /// Who opens it.
        from: Place,
        /// To whom.
        to: Place,
        /// By which protocol.
        protocol: Protocol,
        /// To which port.
        port: u16,
    },
    /// Tell what a node's kernel holds.
    Tables(String),
    /// Tell who may connect to whom; without a port, to the one that each Pod declares.
    Matrix {
        /// By which protocol.
        protocol: Protocol,
        /// To which port.
        port: Option<u16>,
    },
    /// Tell why one place may connect to another, or not.
    Explain(Pair),
    /// Show the cluster as it was after a round of its controllers, by its number in the events.
    Past(usize),
    /// Do something in a lesson.
    Lesson(LessonCommand),
}

impl Command {
    /// Whether the cluster is another one afterwards, so that it must be repeated after a restart.
    pub fn changes_the_cluster(&self) -> bool {
        match self {
            Command::Open
            | Command::Apply(_)
            | Command::Delete(_)
            | Command::Configure(_)
            | Command::Choose(..)
            | Command::Fault(_)
            | Command::AddNode
            | Command::RemoveNode(_)
            | Command::Undo
            | Command::Redo
            | Command::Restore(_)
            | Command::Arrange { .. }
            | Command::Unfold(..)
            | Command::Run(_)
            | Command::Send { .. }
            | Command::Stream { .. }
            | Command::Connect { .. } => true,
            Command::Check(_)
            | Command::Interrupt
            | Command::Complete(_)
            | Command::Inspect(..)
            | Command::Suggest { .. }
            | Command::Describe { .. }
            | Command::Tables(_)
            | Command::Matrix { .. }
            | Command::Explain(_)
            | Command::Past(_) => false,
            Command::Lesson(command) => command.changes_the_cluster(),
        }
    }

    /// Takes a later command into this one, so that what is remembered of steady traffic does not
    /// grow; whether it could.
    pub fn absorb(&mut self, later: &Command) -> bool {
        let (
            Command::Stream { from, target, pause, times },
            Command::Stream { from: its_from, target: its_target, pause: its_pause, times: more },
        ) = (self, later)
        else {
            return false;
        };
        let same = (&*from, &*target, &*pause) == (its_from, its_target, its_pause);
        if same {
            *times += more;
        }
        same
    }
}

/// What came of a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Update {
    /// The scenario runs; these files belong into the editor.
    Opened {
        /// The scenario's files.
        files: Vec<SourceFile>,
        /// The cluster.
        view: Box<View>,
    },
    /// What is wrong with the files.
    Checked(Applied),
    /// What applying did; the cluster is as before if anything was refused.
    Applied {
        /// What happened to each object, and the findings.
        applied: Applied,
        /// The cluster.
        view: Box<View>,
    },
    /// The cluster changed.
    Changed {
        /// What to tell: `pod "web-app-…" deleted`.
        said: String,
        /// The cluster.
        view: Box<View>,
    },
    /// An action was undone, or done again.
    Stepped {
        /// What to tell: `undone: apply`.
        said: String,
        /// The files as applied before, so that the editor can follow if it shows them.
        before: Vec<SourceFile>,
        /// The files as applied now.
        now: Vec<SourceFile>,
        /// The cluster.
        view: Box<View>,
    },
    /// A session was repeated up to its end.
    Restored {
        /// The scenario's files, for an editor that has none.
        files: Vec<SourceFile>,
        /// The last requests, the newest last.
        told: Vec<Told>,
        /// How many of its commands could not be done.
        failed: usize,
        /// The cluster.
        view: Box<View>,
    },
    /// A request and everything that happened to it.
    Sent {
        /// What happened.
        told: Box<Told>,
        /// The cluster.
        view: Box<View>,
    },
    /// One more request of a stream, the last if there were many.
    Streamed {
        /// What happened.
        told: Box<Told>,
        /// The cluster, if it changed.
        view: Option<Box<View>>,
    },
    /// A line was run in the terminal.
    Ran {
        /// What it printed.
        printed: String,
        /// A file that the editor is to open.
        opened: Option<SourceFile>,
        /// Its requests, in order.
        told: Vec<Told>,
        /// The cluster.
        view: Box<View>,
    },
    /// The cluster is drawn otherwise.
    Drawn(Box<View>),
    /// Everything about an object.
    Inspected(Box<Inspection>),
    /// What came of something in a lesson.
    Lesson(LessonUpdate),
    /// How the word at the end of a line may go on.
    Completions(Completions),
    /// What may stand at a place of a text, or what stands there.
    Suggested(Suggestions),
    /// It is done, and nothing is to be shown.
    Done,
    /// What a node's kernel holds.
    Tables(NodeTables),
    /// Who may connect to whom.
    Matrix(Grid),
    /// Why one place may connect to another, or not.
    Explained(Explained),
    /// The cluster as it was.
    Past(Box<Past>),
    /// It could not be done; nothing changed.
    Refused(String),
    /// The engine broke while doing it: our bug.
    Broke(String),
}
