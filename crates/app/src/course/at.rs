//! The lesson that is open: its text as read, the step it is at, and what of the step is unfolded.

use std::rc::Rc;

use lesson::{Action, Block, Finding, Lesson, Step};

use super::{Progress, StepRecord};
use crate::protocol::{Command, Judged, LessonCommand};
use crate::shared::Shared;

/// The lesson that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct At {
    /// Its file's name.
    pub name: String,
    /// Its text.
    pub text: Rc<str>,
    /// What it says.
    pub lesson: Shared<Lesson>,
    /// What is wrong with it.
    pub findings: Shared<Vec<Finding>>,
    /// The step that the cluster is at, from 0.
    pub step: usize,
    /// The step on show: that one, an earlier one, or one past the last for the end.
    pub shown: usize,
    /// What holds of the step, once it was judged.
    pub judged: Shared<Vec<Judged>>,
    /// What went wrong while the cluster was brought to the step.
    pub problems: Vec<String>,
    /// The request that is being watched: its step and block.
    pub watching: Option<(usize, usize)>,
    /// The questions of earlier lessons that are asked before the first step.
    pub recall: Vec<String>,
}

/// What the learner is to do next in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Answer a question.
    Predict,
    /// Watch a request.
    Watch,
    /// Make the checks come true.
    Do,
    /// Nothing but read.
    Read,
}

impl At {
    /// A lesson at one of its steps.
    pub fn read(name: String, text: Rc<str>, step: usize) -> Self {
        let (lesson, findings) = lesson::read(&name, &text);
        let step = step.min(lesson.steps.len().saturating_sub(1));
        Self {
            name,
            text,
            lesson: Shared::new(lesson),
            findings: Shared::new(findings),
            step,
            shown: step,
            judged: Shared::default(),
            problems: Vec::new(),
            watching: None,
            recall: Vec::new(),
        }
    }

    /// The lesson that these commands have led to, if they open one.
    pub fn after(done: &[Command]) -> Option<Self> {
        let opened = done
            .iter()
            .rposition(|command| matches!(command, Command::Lesson(LessonCommand::Open { .. })))?;
        let Command::Lesson(LessonCommand::Open { name, text, step }) = &done[opened] else {
            return None;
        };
        let arrived = done[opened..].iter().rev().find_map(|command| match command {
            Command::Lesson(LessonCommand::Arrive(step)) => Some(*step),
            _ => None,
        });
        Some(Self::read(name.clone(), text.as_str().into(), arrived.unwrap_or(*step)))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.lesson.about.id
    }

    /// The step on show; nothing at the end.
    pub fn step_shown(&self) -> Option<&Step> {
        self.lesson.steps.get(self.shown)
    }

    /// The command that opens it at a step.
    pub fn open(&self, step: usize) -> Command {
        let text = self.text.to_string();
        Command::Lesson(LessonCommand::Open { name: self.name.clone(), text, step })
    }

    /// Whether its start puts something in the editor without applying it.
    pub fn has_draft(&self) -> bool {
        let step = self.lesson.steps.get(self.step).map(|step| step.start.as_slice());
        let starts = self.lesson.start.iter().chain(step.unwrap_or_default());
        starts.into_iter().any(|action| matches!(action, Action::Draft(_)))
    }

    /// Whether every check of the step on show holds.
    pub fn all_hold(&self) -> bool {
        self.shown == self.step
            && !self.judged.is_empty()
            && self.judged.iter().all(|judged| judged.passed)
    }

    /// The command to be seen in the step on show that a typed line is, by block and position: of several
    /// that say the same, the first that was not run yet.
    pub fn tried(&self, line: &str, progress: &Progress) -> Option<(usize, usize)> {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let typed = words(line);
        let step = self.step_shown()?;
        let record = self.record(progress);
        let (seen, _) = unfolded(step, &record);
        for (block, what) in step.blocks.iter().enumerate().take(seen) {
            let Block::Try(transcript) = what else { continue };
            let same = |at: &usize| words(&transcript.tried[*at].command) == typed;
            let mut open = (0..transcript.tried.len()).filter(same).map(|at| (block, at));
            if let Some(found) = open.find(|place| !record.tried.contains(place)) {
                return Some(found);
            }
        }
        None
    }

    /// What was done in the step on show.
    pub fn record(&self, progress: &Progress) -> StepRecord {
        progress.step(self.id(), self.shown)
    }
}

/// How many blocks of a step are to be seen, and what the learner is to do in the last of them.
pub fn unfolded(step: &Step, record: &StepRecord) -> (usize, Open) {
    for (at, block) in step.blocks.iter().enumerate() {
        match block {
            Block::Predict(_) if !record.chosen.contains_key(&at) => {
                return (at + 1, Open::Predict);
            }
            Block::Watch(_) if !record.seen.contains(&at) => return (at + 1, Open::Watch),
            // What stands below tells how it was done.
            Block::Checks if !record.done => return (at + 1, Open::Do),
            _ => {}
        }
    }
    (step.blocks.len(), Open::Read)
}

/// Whether what came of a question is to be told: once the request that follows it was watched.
pub fn is_resolved(step: &Step, record: &StepRecord, question: usize) -> bool {
    if !record.chosen.contains_key(&question) {
        return false;
    }
    for (at, block) in step.blocks.iter().enumerate().skip(question + 1) {
        match block {
            Block::Watch(_) => return record.seen.contains(&at),
            Block::Predict(_) => return true,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const TEXT: &str = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\n---\n# A\n\n## One\n\nProse.\n\n\
        ```predict\nquestion: Why?\noptions:\n- text: So\n  right: true\n  because: It is.\n- text: No\n  \
        because: It is not.\n```\n\n```watch\nfrom: pod/default/frontend\nto: http://web-service\n```\n\n\
        After.\n\n```console try\n$ kubectl get pods\n…\n```\n";

    #[test]
    fn a_step_unfolds_as_it_is_answered_and_watched() {
        let at = At::read("a.md".into(), TEXT.into(), 0);
        let step = at.step_shown().expect("there is a step");
        let mut record = StepRecord::default();
        assert_eq!(unfolded(step, &record), (2, Open::Predict));
        record.chosen.insert(1, BTreeSet::from([1]));
        assert_eq!(unfolded(step, &record), (3, Open::Watch));
        assert!(!is_resolved(step, &record, 1));
        record.seen.insert(2);
        assert_eq!(unfolded(step, &record), (5, Open::Read));
        assert!(is_resolved(step, &record, 1));
        let mut progress = Progress::default();
        assert_eq!(at.tried("kubectl get pods", &progress), None, "it is not to be seen yet");
        *progress.step_mut("a", 0) = record;
        assert_eq!(at.tried("kubectl   get pods", &progress), Some((4, 0)));
        assert_eq!(at.tried("kubectl get svc", &progress), None);
        progress.step_mut("a", 0).tried.insert((4, 0));
        assert_eq!(at.tried("kubectl get pods", &progress), None, "it was run");
    }

    #[test]
    fn what_stands_below_the_checks_unfolds_once_they_hold() {
        let text = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\n---\n# A\n\n## One\n\nDo it.\n\n\
            ```checks\n- exists: service/default/a\n```\n\n```console solution\n$ true\n```\n\nThis is how.\n";
        let at = At::read("a.md".into(), text.into(), 0);
        let step = at.step_shown().expect("there is a step");
        let mut record = StepRecord::default();
        assert_eq!(unfolded(step, &record), (2, Open::Do));
        record.done = true;
        assert_eq!(unfolded(step, &record), (3, Open::Read));
    }

    #[test]
    fn a_session_leads_to_the_lesson_it_opened_last() {
        let open = |step| {
            let (name, text) = ("a.md".to_owned(), TEXT.to_owned());
            Command::Lesson(LessonCommand::Open { name, text, step })
        };
        assert_eq!(At::after(&[Command::Undo]), None);
        let at = At::after(&[open(0), Command::Undo]).expect("a lesson was opened");
        assert_eq!((at.id(), at.step), ("a", 0));
        assert_eq!(At::after(&[open(7)]).map(|at| at.step), Some(0));
    }
}
