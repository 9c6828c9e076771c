//! The lesson of a visit: its cluster, its steps, and what holds of them.

use cluster::SourceFile;
use kubectl::Shell;
use lesson::{Action, Block, Checked, Lesson, Score, run};

use super::session::{Session, told};
use crate::js;
use crate::protocol::{Graded, Judged, LessonCommand, LessonUpdate, Update};

/// A lesson that was begun.
pub(super) struct Desk {
    lesson: Lesson,
    step: usize,
    /// The cluster as it was when the learner arrived at the step.
    arrived: Shell,
}

impl Session {
    /// Does what is asked in a lesson.
    pub(super) fn lesson(&mut self, command: LessonCommand) -> Update {
        let answer = match command {
            LessonCommand::Open { name, text, step } => Some(self.open_lesson(&name, &text, step)),
            LessonCommand::Arrive(step) => self.arrive(step),
            LessonCommand::Solve => self.solve(),
            LessonCommand::Reset => self.reset(),
            LessonCommand::Watch { step, block } => match self.watch(step, block) {
                Some(Err(reason)) => return Update::Refused(reason),
                Some(Ok(watched)) => Some(watched),
                None => None,
            },
            LessonCommand::Judge => match self.judge() {
                Some(judged) => Some(judged),
                // The lesson was left in the meantime.
                None => return Update::Done,
            },
            LessonCommand::Grade => Some(self.grade()),
        };
        match answer {
            Some(update) => Update::Lesson(update),
            None => Update::Refused("no lesson is open".into()),
        }
    }

    /// What the editor shows at the beginning of the present lesson, if there is one.
    pub(super) fn lesson_files(&self) -> Option<Vec<SourceFile>> {
        self.desk.as_ref().map(|_| files(&self.shell))
    }

    fn open_lesson(&mut self, name: &str, text: &str, step: usize) -> LessonUpdate {
        let (lesson, _) = lesson::read(name, text);
        self.put_by();
        let mut problems = Vec::new();
        let mut unapplied = false;
        if let Some((shell, desk)) = self.desks.remove(&lesson.about.id) {
            self.shell = shell;
            self.desk = Some(desk);
        } else {
            let step = step.min(lesson.steps.len().saturating_sub(1));
            let mut shell = if step == 0 {
                let (mut shell, went_wrong) = run::open(&lesson);
                problems = went_wrong;
                problems.extend(run::enter(&mut shell, &lesson, step));
                shell
            } else {
                run::jump(&lesson, step)
            };
            shell.descriptions = js::schema_of;
            // What somebody broke for the learner is not to be mended by undoing it.
            shell.cluster.forget_past();
            let starts = lesson.start.iter().chain(starts(&lesson, step));
            unapplied = has_draft(starts);
            self.desk = Some(Desk { lesson, step, arrived: shell.clone() });
            self.shell = shell;
        }
        self.forget_seating();
        LessonUpdate::Arrived {
            files: files(&self.shell),
            whole: true,
            unapplied,
            problems,
            view: self.view(),
        }
    }

    /// Keeps the present lesson's cluster for when it is opened again.
    fn put_by(&mut self) {
        if let Some(desk) = self.desk.take() {
            self.desks.insert(desk.lesson.about.id.clone(), (self.shell.clone(), desk));
        }
    }

    fn arrive(&mut self, step: usize) -> Option<LessonUpdate> {
        let desk = self.desk.as_mut()?;
        let problems = run::enter(&mut self.shell, &desk.lesson, step);
        self.shell.cluster.forget_past();
        desk.step = step;
        desk.arrived = self.shell.clone();
        let (files, unapplied) = written(starts(&desk.lesson, step));
        Some(LessonUpdate::Arrived { files, whole: false, unapplied, problems, view: self.view() })
    }

    fn solve(&mut self) -> Option<LessonUpdate> {
        let desk = self.desk.as_ref()?;
        let problems = run::solve(&mut self.shell, &desk.lesson, desk.step);
        let (files, unapplied) = written(&desk.lesson.steps.get(desk.step)?.solution);
        Some(LessonUpdate::Arrived { files, whole: false, unapplied, problems, view: self.view() })
    }

    fn reset(&mut self) -> Option<LessonUpdate> {
        let desk = self.desk.as_ref()?;
        self.shell = desk.arrived.clone();
        let unapplied = has_draft(starts(&desk.lesson, desk.step));
        Some(LessonUpdate::Arrived {
            files: files(&self.shell),
            whole: true,
            unapplied,
            problems: Vec::new(),
            view: self.view(),
        })
    }

    fn watch(&mut self, step: usize, block: usize) -> Option<Result<LessonUpdate, String>> {
        let desk = self.desk.as_ref()?;
        let Block::Watch(watch) = desk.lesson.steps.get(step)?.blocks.get(block)? else {
            return None;
        };
        let journey = match run::watch(&mut self.shell, watch) {
            Ok(journey) => journey,
            Err(reason) => return Some(Err(reason)),
        };
        let halt = watch.pause.and_then(|pause| run::halt(&journey, pause));
        let told = Box::new(self.told(journey));
        Some(Ok(LessonUpdate::Watched { told, halt, view: self.view() }))
    }

    fn judge(&self) -> Option<LessonUpdate> {
        let desk = self.desk.as_ref()?;
        let judged = desk.check(&self.shell, desk.step);
        Some(LessonUpdate::Judged {
            id: desk.lesson.about.id.clone(),
            step: desk.step,
            judged: judged.into_iter().map(|checked| judgement(&self.shell, checked)).collect(),
        })
    }

    fn grade(&self) -> LessonUpdate {
        let present = self.desk.iter().map(|desk| (&self.shell, desk));
        let others = self.desks.values().map(|(shell, desk)| (shell, desk));
        let graded = present.chain(others).map(|(shell, desk)| {
            let checked: Vec<Checked> =
                (0..desk.lesson.steps.len()).flat_map(|step| desk.check(shell, step)).collect();
            Graded {
                id: desk.lesson.about.id.clone(),
                score: Score::of(&checked),
                judged: checked.into_iter().map(|it| judgement(shell, it)).collect(),
            }
        });
        LessonUpdate::Graded(graded.collect())
    }
}

impl Desk {
    fn check(&self, shell: &Shell, step: usize) -> Vec<Checked> {
        lesson::check(shell, &self.lesson, step, &self.arrived.cluster.snapshot())
    }
}

fn judgement(shell: &Shell, checked: Checked) -> Judged {
    Judged {
        text: checked.text,
        passed: checked.passed,
        observed: checked.observed,
        points: checked.points,
        told: checked.journey.map(|journey| Box::new(told(&shell.cluster, *journey))),
    }
}

fn files(shell: &Shell) -> Vec<SourceFile> {
    let files = shell.files.iter();
    files.map(|(name, text)| SourceFile { name: name.clone(), text: text.clone() }).collect()
}

fn starts(lesson: &Lesson, step: usize) -> &[Action] {
    lesson.steps.get(step).map(|step| step.start.as_slice()).unwrap_or_default()
}

/// What these put in the editor, and whether some of it is not applied.
fn written(actions: &[Action]) -> (Vec<SourceFile>, bool) {
    let shown = actions.iter().filter_map(|action| match action {
        Action::File(file) | Action::Draft(file) => Some(file.clone()),
        Action::Hidden(_) | Action::Command(_) => None,
    });
    (shown.collect(), has_draft(actions))
}

fn has_draft<'a>(actions: impl IntoIterator<Item = &'a Action>) -> bool {
    actions.into_iter().any(|action| matches!(action, Action::Draft(_)))
}
