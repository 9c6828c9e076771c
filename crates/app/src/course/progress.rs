//! How far the learner has come: kept in the browser, written to a file and read from one.

use std::collections::{BTreeMap, BTreeSet};

use lesson::{Block, Lesson, Predict};
use serde::{Deserialize, Serialize};

/// After so many days a question is asked again, each time it was answered rightly.
const DISTANCES: [u32; 4] = [1, 3, 7, 21];

/// How far the learner has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What was done in each lesson, by its id.
    pub lessons: BTreeMap<String, LessonRecord>,
    /// Questions to ask again, by where they stand.
    pub recall: BTreeMap<String, Recall>,
}

/// What was done in a lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LessonRecord {
    /// Whether it was gone through to its end.
    pub done: bool,
    /// What was done in each step, from 0.
    pub steps: BTreeMap<usize, StepRecord>,
}

/// What was done in a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepRecord {
    /// Whether all that it asks is done.
    pub done: bool,
    /// What was answered to the questions, by their blocks; nothing if one was skipped.
    pub chosen: BTreeMap<usize, BTreeSet<usize>>,
    /// Which requests were watched, or skipped.
    pub seen: BTreeSet<usize>,
    /// Which commands were tried: block, and position in it.
    pub tried: BTreeSet<(usize, usize)>,
    /// How many hints were opened.
    pub hints: usize,
}

/// A question to ask again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// The question.
    pub question: Predict,
    /// The lesson it comes from, for a person.
    pub from: String,
    /// The day on which to ask it.
    pub due: u32,
    /// How often it was answered rightly since it was last answered wrongly.
    pub round: usize,
    /// Whether it has been asked yet.
    pub asked: bool,
}

impl Progress {
    /// What was done in a step.
    pub fn step(&self, id: &str, step: usize) -> StepRecord {
        let record = self.lessons.get(id).and_then(|lesson| lesson.steps.get(&step));
        record.cloned().unwrap_or_default()
    }

    /// What was done in a step, to be changed.
    pub fn step_mut(&mut self, id: &str, step: usize) -> &mut StepRecord {
        let lesson = self.lessons.entry(id.to_owned()).or_default();
        lesson.steps.entry(step).or_default()
    }

    /// Whether a lesson was gone through to its end.
    pub fn is_done(&self, id: &str) -> bool {
        self.lessons.get(id).is_some_and(|lesson| lesson.done)
    }

    /// Whether something was done in a lesson.
    pub fn is_begun(&self, id: &str) -> bool {
        self.lessons.contains_key(id)
    }

    /// The learner came to the end of a lesson; its questions are asked again from tomorrow.
    pub fn finish(&mut self, lesson: &Lesson, today: u32) {
        let id = &lesson.about.id;
        let all = (0..lesson.steps.len()).all(|step| self.step(id, step).done);
        self.lessons.entry(id.clone()).or_default().done |= all;
        for (step, each) in lesson.steps.iter().enumerate() {
            for (block, what) in each.blocks.iter().enumerate() {
                let Block::Recall(question) = what else { continue };
                self.recall.entry(format!("{id}/{step}/{block}")).or_insert_with(|| Recall {
                    question: question.clone(),
                    from: lesson.about.title.clone(),
                    due: today + DISTANCES[0],
                    ..Recall::default()
                });
            }
        }
    }

    /// The questions to ask on a day, by where they stand.
    pub fn due(&self, today: u32) -> Vec<String> {
        let due = self.recall.iter().filter(|(_, recall)| recall.due <= today);
        due.map(|(key, _)| key.clone()).collect()
    }

    /// The questions to ask before a lesson: those that are due, and those that nobody has asked yet.
    pub fn due_before(&self, id: &str, today: u32) -> Vec<String> {
        const MOST: usize = 2;
        let own = format!("{id}/");
        let waiting = self.recall.iter().filter(|(key, recall)| {
            !key.starts_with(&own) && (recall.due <= today || !recall.asked)
        });
        waiting.map(|(key, _)| key.clone()).take(MOST).collect()
    }

    /// A question was answered; the next time is farther away, or tomorrow.
    pub fn recalled(&mut self, key: &str, right: bool, today: u32) {
        let Some(recall) = self.recall.get_mut(key) else { return };
        recall.asked = true;
        recall.round = if right { recall.round + 1 } else { 0 };
        let last = DISTANCES[DISTANCES.len() - 1];
        recall.due = today + DISTANCES.get(recall.round).copied().unwrap_or(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson() -> Lesson {
        let text = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\n---\n# A\n\n## One\n\n```recall\n\
                    question: Why?\noptions:\n- text: So\n  right: true\n  because: It is.\n- text: No\n  \
                    because: It is not.\n```\n";
        lesson::read("a.md", text).0
    }

    #[test]
    fn a_question_comes_back_at_growing_distances() {
        let mut progress = Progress::default();
        progress.finish(&lesson(), 100);
        assert_eq!(progress.due(100), Vec::<String>::new());
        assert_eq!(progress.due_before("b", 100), ["a/0/0"]);
        assert!(progress.due_before("a", 101).is_empty());
        let key = "a/0/0";
        for (today, next) in [(101, 104), (104, 111), (111, 132), (132, 153)] {
            assert_eq!(progress.due(today), [key]);
            progress.recalled(key, true, today);
            assert_eq!(progress.recall[key].due, next);
        }
        progress.recalled(key, false, 153);
        assert_eq!(progress.recall[key].due, 154);
    }

    #[test]
    fn a_lesson_is_done_when_every_step_is() {
        let mut progress = Progress::default();
        progress.finish(&lesson(), 1);
        assert!(!progress.is_done("a"));
        progress.step_mut("a", 0).done = true;
        progress.finish(&lesson(), 1);
        assert!(progress.is_done("a"));
    }

    #[test]
    fn progress_reads_as_it_was_written() {
        let mut progress = Progress::default();
        progress.finish(&lesson(), 1);
        let record = progress.step_mut("a", 0);
        record.chosen.insert(1, BTreeSet::from([0]));
        record.tried.insert((2, 3));
        let text = serde_json::to_string(&progress).expect("it is plain data");
        assert_eq!(serde_json::from_str::<Progress>(&text).expect("as written"), progress);
    }
}
