//! Every way in which what the page knows of the course changes.

use std::collections::BTreeSet;

use lesson::Block;
use trace::Purpose;

use super::{At, Exam, Open, Own, Progress, Shelf, unfolded};
use crate::protocol::{LessonUpdate, Told};
use crate::saved::Saved;
use crate::shared::Shared;
use crate::state::{Printed, State};

/// A change of what the page knows of the course.
#[derive(Clone, Debug)]
pub enum CourseChange {
    /// The catalogue is opened or closed.
    Open(bool),
    /// The lessons that come with Podhop are on their way, or here.
    Shelf(Shelf),
    /// A person brought lessons.
    Own(Vec<Own>),
    /// The learner's own session is kept until the lesson is left.
    KeepPlayground(Shared<Saved>),
    /// The lesson is left.
    Left,
    /// A step is shown; one that the cluster has come to, if it says so.
    Show {
        /// The step, from 0; one past the last for the end.
        step: usize,
        /// Whether the cluster goes there too.
        arrive: bool,
    },
    /// A question was answered with these options, or skipped with none.
    Answer(usize, BTreeSet<usize>),
    /// A request is to be watched.
    Watch(usize),
    /// A request was watched, or skipped.
    Seen(usize),
    /// A line was run in the terminal.
    Ran(String),
    /// A line is to be run in the terminal.
    Type(String),
    /// One more hint is shown.
    Hint,
    /// A failed check's request is shown.
    PlayFailed(Shared<Told>),
    /// A question of an earlier lesson was answered.
    Recalled(String, bool),
    /// Progress was read from a file, or forgotten.
    Progress(Progress),
    /// The questions beside a fault are opened or closed.
    Guide(Option<Shared<lesson::Lesson>>),
    /// The exam is another one, or nothing.
    Exam(Option<Shared<Exam>>),
    /// A task of the exam is shown.
    Turn(usize),
}

impl State {
    /// The state after it.
    pub(crate) fn change_course(&mut self, change: CourseChange) {
        let today = self.course.today;
        match change {
            CourseChange::Open(open) => self.course.open = open,
            CourseChange::Shelf(shelf) => self.course.shelf = shelf,
            CourseChange::Own(own) => self.course.own = Shared::new(own),
            CourseChange::KeepPlayground(saved) => self.course.playground = Some(saved),
            CourseChange::Left => {
                (self.course.at, self.course.exam, self.course.playground) = (None, None, None);
                self.course.guide = None;
            }
            CourseChange::Show { step, arrive } => self.show_step(step, arrive),
            CourseChange::Answer(block, options) => {
                self.record(|record| {
                    record.chosen.entry(block).or_insert(options);
                });
            }
            CourseChange::Watch(block) => {
                if let Some(at) = &mut self.course.at {
                    at.watching = Some((at.shown, block));
                }
            }
            CourseChange::Seen(block) => self.record(|record| {
                record.seen.insert(block);
            }),
            CourseChange::Ran(line) => {
                let progress = &self.course.progress;
                let at = self.course.at.as_ref();
                if let Some(tried) = at.and_then(|at| at.tried(&line, progress)) {
                    self.record(|record| {
                        record.tried.insert(tried);
                    });
                }
            }
            CourseChange::Type(text) => {
                let number = self.course.typed.as_ref().map_or(1, |typed| typed.number + 1);
                self.course.typed = Some(Shared::new(Printed { number, text }));
            }
            CourseChange::Hint => self.record(|record| record.hints += 1),
            CourseChange::PlayFailed(told) => self.show(Told::clone(&told)),
            CourseChange::Recalled(key, right) => {
                let mut progress = Progress::clone(&self.course.progress);
                progress.recalled(&key, right, today);
                self.course.progress = Shared::new(progress);
            }
            CourseChange::Progress(progress) => self.course.progress = Shared::new(progress),
            CourseChange::Guide(guide) => self.course.guide = guide,
            CourseChange::Exam(exam) => self.course.exam = exam,
            CourseChange::Turn(task) => self.turn(task),
        }
    }

    /// What the engine told of a lesson.
    pub(crate) fn hear_lesson(&mut self, update: LessonUpdate) {
        match update {
            LessonUpdate::Arrived { files, whole, unapplied, problems, view } => {
                self.arrived(files, whole, unapplied);
                if let Some(at) = &mut self.course.at {
                    at.problems = problems;
                    at.judged = Shared::default();
                }
                self.follow(*view);
                self.busy = false;
            }
            LessonUpdate::Watched { told, halt, view } => {
                self.follow(*view);
                self.show(*told);
                self.pass_over_names();
                self.halt = self.run.as_ref().zip(halt).map(|(run, halt)| {
                    let wanted = (halt.packet, halt.hop, halt.step);
                    run.timeline
                        .cues
                        .partition_point(|cue| (cue.flight, cue.hop, cue.step) < wanted)
                });
                self.reach(self.cue);
                self.busy = false;
            }
            LessonUpdate::Judged { id, step, judged } => {
                let Some(at) = &mut self.course.at else { return };
                if at.id() != id || at.step != step {
                    return;
                }
                at.judged = Shared::new(judged);
                if at.all_hold() {
                    self.record(|record| record.done = true);
                }
            }
            LessonUpdate::Graded(graded) => {
                if let Some(exam) = &self.course.exam {
                    let report = Some(Shared::new(graded));
                    self.course.exam = Some(Shared::new(Exam { report, ..Exam::clone(exam) }));
                }
                self.busy = false;
            }
        }
    }

    /// Begins with the connection where only that is to be watched.
    fn pass_over_names(&mut self) {
        let Some((at, run)) = self.course.at.as_ref().zip(self.run.as_ref()) else { return };
        let block =
            at.watching.and_then(|(step, block)| at.lesson.steps.get(step)?.blocks.get(block));
        let Some(Block::Watch(watch)) = block else { return };
        let exchanges = &run.told.journey.exchanges;
        let is_name = |exchange: usize| {
            let purpose = exchanges.get(exchange).map(|exchange| &exchange.purpose);
            matches!(purpose, Some(Purpose::Resolve(_)))
        };
        if watch.connect_only
            && let Some(cue) = run.timeline.cues.iter().position(|cue| !is_name(cue.exchange))
        {
            self.cue = cue;
        }
    }

    /// A request that was watched counts once it has come to rest.
    pub(crate) fn settle_watching(&mut self) {
        let Some(at) = &mut self.course.at else { return };
        if self.playing || self.busy || self.run.is_none() {
            return;
        }
        if let Some((step, block)) = at.watching.take()
            && step == at.shown
        {
            self.record(|record| {
                record.seen.insert(block);
            });
        }
    }

    /// The lesson that a resumed session stands in.
    pub(crate) fn resume_lesson(&mut self, saved: &Saved) {
        self.course.at = At::after(&saved.done);
        let Some(at) = &mut self.course.at else {
            self.course.exam = None;
            return;
        };
        let today = self.course.today;
        if at.step == 0 && !self.course.progress.is_begun(at.id()) {
            at.recall = self.course.progress.due_before(at.id(), today);
        }
        let tasks = self.course.exam.as_ref();
        if tasks.is_some_and(|exam| !exam.tasks.iter().any(|task| task.about.id == at.id())) {
            self.course.exam = None;
        }
        self.course.open = false;
    }

    fn arrived(&mut self, files: Vec<cluster::SourceFile>, whole: bool, unapplied: bool) {
        let mine =
            self.course.exam.as_ref().and_then(|exam| {
                exam.saved.texts.get(&exam.saved.current).filter(|_| whole).cloned()
            });
        let (files, unapplied) = mine.unwrap_or((files, unapplied));
        if whole {
            self.files = Shared::new(files);
            self.active = 0;
            self.closed = None;
        } else {
            let mut all = self.files.to_vec();
            for file in files {
                let known = all.iter().position(|it| it.name == file.name);
                self.active = known.unwrap_or(all.len());
                match known {
                    Some(at) => all[at] = file,
                    None => all.push(file),
                }
            }
            self.files = Shared::new(all);
        }
        self.unapplied = unapplied;
        self.revision += 1;
    }

    fn show_step(&mut self, step: usize, arrive: bool) {
        let today = self.course.today;
        // A step that asks nothing is done once it is passed.
        if let Some(at) = &self.course.at
            && step > at.shown
            && at.step_shown().is_some_and(|step| step.checks.is_empty())
        {
            self.record_passed();
        }
        let Some(at) = &mut self.course.at else { return };
        at.shown = step.min(at.lesson.steps.len());
        at.watching = None;
        at.recall.clear();
        if arrive {
            at.step = at.shown;
            at.judged = Shared::default();
            at.problems.clear();
            // A request of the step before went through another cluster.
            self.put_run_away();
        }
        let Some(at) = &self.course.at else { return };
        if at.shown == at.lesson.steps.len() {
            let mut progress = Progress::clone(&self.course.progress);
            progress.finish(&at.lesson, today);
            self.course.progress = Shared::new(progress);
        }
    }

    /// Marks the step on show as done if nothing of it is open.
    fn record_passed(&mut self) {
        let Some(at) = &self.course.at else { return };
        let Some(step) = at.step_shown() else { return };
        if unfolded(step, &at.record(&self.course.progress)).1 == Open::Read {
            self.record(|record| record.done = true);
        }
    }

    /// Changes what is known of the step on show.
    fn record(&mut self, change: impl FnOnce(&mut super::StepRecord)) {
        let Some(at) = &self.course.at else { return };
        if at.step_shown().is_none() || self.course.exam.is_some() {
            return;
        }
        let mut progress = Progress::clone(&self.course.progress);
        change(progress.step_mut(at.id(), at.shown));
        self.course.progress = Shared::new(progress);
    }

    /// Another task of the exam comes on show; what stands in the editor is kept.
    fn turn(&mut self, task: usize) {
        let Some(exam) = &self.course.exam else { return };
        let mut exam = Exam::clone(exam);
        if self.course.at.is_some() && exam.saved.begun.contains(&exam.saved.current) {
            let text = (self.files.to_vec(), self.unapplied);
            exam.saved.texts.insert(exam.saved.current, text);
        }
        self.course.at = exam.at(task);
        exam.saved.current = task;
        exam.saved.begun.insert(task);
        self.course.exam = Some(Shared::new(exam));
        self.past = Default::default();
        self.target.clear();
        self.put_run_away();
    }
}
