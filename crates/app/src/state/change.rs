//! Every way in which what the page knows changes.
//!
//! The reducer is pure: storage, the engine and the clock are the hooks' business.

use std::rc::Rc;

use cluster::{SourceFile, SourceSpan};
use manifest::ObjectRef;
use trace::Place;
use yew::Reducible;

use super::{FileChange, Notice, Panel, Printed, Split, State};
use crate::course::CourseChange;
use crate::protocol::{Update, View};
use crate::saved::Saved;
use crate::shared::Shared;
use crate::storage::Theme;
use crate::words;

/// A change of what the page knows.
#[derive(Clone, Debug)]
pub enum Change {
    /// The engine answered.
    Heard(Update),
    /// The learner waits for the engine.
    Waits,
    /// The learner typed in the editor.
    Typed(String),
    /// Another text is shown.
    Opened(usize),
    /// A kept session is taken up again.
    Resume(Shared<Saved>),
    /// Other texts take the place of the present ones.
    Replaced(Vec<SourceFile>),
    /// A person does something with the files.
    Files(FileChange),
    /// Lines are to be shown.
    ShowLines(SourceSpan),
    /// A step is to be shown, by the position of its cue.
    GoTo(usize),
    /// A step so many later, or earlier.
    GoBy(isize),
    /// The playhead came to a step by itself.
    Reached(usize),
    /// Time runs, or stops; from the beginning if it was at the end.
    PlayOrPause,
    /// Time stops.
    Pause,
    /// Time runs so fast.
    Speed(f64),
    /// Time begins again at the end, or no longer.
    Loop,
    /// Only the packets of one protocol are shown, or all.
    Only(Option<String>),
    /// An earlier request is shown again, by its number.
    Recall(usize),
    /// Steady traffic begins or stops.
    ToggleTraffic,
    /// The page is hidden, or seen again.
    Hidden(bool),
    /// The step that decided is shown.
    ShowDeciding,
    /// Somebody else sends the next request.
    From(Place),
    /// The next request is for something else.
    Target(String),
    /// An object's card is opened, or closed.
    Select(Option<ObjectRef>),
    /// An object is brought near on the map.
    Focus(ObjectRef),
    /// An object is brought near on the map, and its card is opened.
    Visit(ObjectRef),
    /// Another panel is opened.
    OpenPanel(Panel),
    /// The cluster is shown as it is now.
    Now,
    /// The sheet of keys is opened or closed.
    Help(bool),
    /// The list of everything that can be done is opened or closed.
    Palette(bool),
    /// Something is told, or no longer.
    Tell(Option<Notice>),
    /// The next theme.
    NextTheme,
    /// A theme.
    Theme(Theme),
    /// The next size of text.
    NextText,
    /// A size of text, in percent.
    Text(u32),
    /// A split is dragged to a size in rem.
    Resize(Split, f64),
    /// Something changes in the course.
    Course(CourseChange),
    /// Whatever is open over the page closes.
    Escape,
}

impl Reducible for State {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = (*self).clone();
        match change {
            Change::Heard(update) => next.hear(update),
            Change::Waits => next.busy = true,
            Change::Typed(text) => next.type_text(text),
            Change::Opened(file) => next.active = file.min(next.files.len().saturating_sub(1)),
            Change::Resume(saved) => next.resume(&saved),
            Change::Replaced(files) => next.replace(files),
            Change::Files(change) => next.change_files(change),
            Change::ShowLines(lines) => {
                let file = next.files.iter().position(|file| file.name == lines.file);
                next.active = file.unwrap_or(next.active);
                let wish = next.shown_lines.map_or(0, |(wish, _)| wish + 1);
                next.shown_lines = Some((wish, lines));
            }
            Change::GoTo(cue) => next.go_to(cue),
            Change::GoBy(steps) => next.go_to(next.cue.saturating_add_signed(steps)),
            Change::Reached(cue) => next.reach(cue),
            Change::PlayOrPause => {
                if !next.playing && next.cue >= next.last_cue() {
                    next.cue = 0;
                }
                next.playing = !next.playing && next.run.is_some();
                next.answers.past = None;
            }
            Change::Pause => next.playing = false,
            Change::Speed(speed) => next.speed = speed,
            Change::Loop => next.looping = !next.looping,
            Change::Only(protocol) => {
                next.only = protocol;
                next.draw_run();
            }
            Change::Recall(number) => next.recall(number),
            Change::ToggleTraffic => next.traffic.toggle(&self.target),
            Change::Hidden(hidden) => {
                next.traffic.hidden = hidden;
                next.playing &= !hidden;
            }
            Change::ShowDeciding => {
                let run = next.run.as_ref();
                let cue = run.and_then(|run| run.timeline.deciding(&run.told.journey));
                next.go_to(cue.unwrap_or(next.cue));
            }
            Change::From(place) => next.from = Some(place),
            Change::Target(target) => next.target = target,
            Change::Select(object) => next.selected = object,
            Change::Focus(object) => next.bring_near(Some(object)),
            Change::Visit(object) => {
                next.selected = Some(object.clone());
                next.bring_near(Some(object));
            }
            Change::OpenPanel(panel) => next.panel = panel,
            Change::Now => next.answers.past = None,
            Change::Help(open) => (next.help, next.palette) = (open, false),
            Change::Palette(open) => (next.help, next.palette) = (false, open),
            Change::Tell(notice) => next.notice = notice,
            Change::Theme(theme) => next.theme = theme,
            Change::Text(percent) => next.screen.text = percent,
            Change::NextTheme => next.theme = next.theme.next(),
            Change::NextText => next.screen.text = next.screen.next_text(),
            Change::Resize(Split::Left, rem) => next.screen.left = rem.clamp(12.0, 60.0),
            Change::Resize(Split::Right, rem) => next.screen.right = rem.clamp(14.0, 60.0),
            Change::Resize(Split::Below, rem) => next.screen.below = rem.clamp(3.0, 45.0),
            Change::Resize(Split::Lesson, rem) => next.screen.lesson = rem.clamp(6.0, 60.0),
            Change::Course(change) => next.change_course(change),
            Change::Escape => next.escape(),
        }
        next.settle_watching();
        Rc::new(next)
    }
}

impl State {
    fn hear(&mut self, update: Update) {
        match update {
            Update::Opened { files, view } => {
                if self.files.is_empty() {
                    self.replace(files);
                }
                self.unapplied = false;
                self.resuming = None;
                self.follow(*view);
                self.busy = false;
            }
            Update::Checked(applied) => {
                self.findings = Shared::new(self.course.unaided(applied.findings))
            }
            Update::Applied { applied, view } => {
                self.unapplied = applied.is_refused();
                self.said = words::applied(&applied);
                self.findings = Shared::new(self.course.unaided(applied.findings));
                self.follow(*view);
                self.busy = false;
            }
            Update::Changed { said, view } => {
                self.said = vec![said];
                self.follow(*view);
                self.busy = false;
            }
            Update::Sent { told, view } => {
                self.follow(*view);
                self.show(*told);
                self.busy = false;
            }
            Update::Streamed { told, view } => {
                if let Some(view) = view {
                    self.follow(*view);
                }
                if let Some(view) = &self.view {
                    self.traffic.count(&told.journey, &view.map);
                }
                self.past.keep(Shared::new(*told));
            }
            Update::Ran { printed, opened, told, view } => {
                self.follow(*view);
                if let Some(file) = opened {
                    self.change_files(FileChange::Open(file));
                }
                self.show_last(told);
                self.print(printed);
                self.busy = false;
            }
            Update::Stepped { said, before, now, view } => self.stepped(said, &before, now, *view),
            Update::Restored { files, told, failed, view } => {
                self.repeated(files, told, failed, *view);
            }
            Update::Drawn(view) => {
                self.redraw(*view);
                self.busy = false;
            }
            // The editor asked for these and hears them itself.
            Update::Suggested(_) | Update::Done => {}
            Update::Inspected(inspection) => self.inspection = Some(Shared::new(*inspection)),
            Update::Lesson(update) => self.hear_lesson(update),
            Update::Completions(words) => self.completions = Some(Shared::new(words)),
            Update::Refused(reason) => {
                self.notice = Some(Notice { text: reason, bad: true });
                self.traffic.on = false;
                self.busy = false;
            }
            Update::Broke(reason) => {
                self.notice = Some(Notice { text: words::broken(&reason), bad: true });
                self.traffic.on = false;
                self.busy = false;
            }
            update => self.hear_for_panels(update),
        }
    }

    /// Prints in the terminal.
    fn print(&mut self, text: String) {
        let number = self.printed.as_ref().map_or(1, |printed| printed.number + 1);
        self.printed = Some(Shared::new(Printed { number, text }));
    }

    /// Shows another state of the cluster; the request on show moves to where things are now.
    pub(crate) fn follow(&mut self, view: View) {
        self.answers.past = None;
        let left = |place: &Place| !view.senders.contains(place);
        if self.from.as_ref().is_none_or(left) {
            self.from = view.senders.first().cloned();
        }
        if self.target.is_empty() {
            self.target = view.targets.first().cloned().unwrap_or_default();
        }
        // What the map drew and draws no longer is gone.
        if let (Some(object), Some(before)) = (&self.selected, &self.view)
            && before.map.place_of(object).is_some()
            && view.map.place_of(object).is_none()
        {
            self.selected = None;
        }
        if let Some(before) = &self.view {
            self.fresh = Shared::new(view.map.fresh_since(&before.map));
            self.gone = Shared::new(view.map.gone_since(&before.map));
        }
        if !view.watched.is_empty() {
            self.print(view.watched.clone());
        }
        self.view = Some(Shared::new(view));
        self.draw_run();
    }

    fn replace(&mut self, files: Vec<SourceFile>) {
        self.files = Shared::new(files);
        self.active = 0;
        self.revision += 1;
        self.unapplied = true;
        self.findings = Shared::new(Vec::new());
    }
}
