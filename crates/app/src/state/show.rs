//! Which request is on show, and which of its steps.

use super::{Run, State};
use crate::protocol::Told;
use crate::shared::Shared;

impl State {
    /// Lays the request on show over the present map, with the packets wanted; the step stays.
    pub(super) fn draw_run(&mut self) {
        let (Some(run), Some(view)) = (&self.run, &self.view) else { return };
        let drawn = Run::new(run.number, run.told.clone(), &view.map, self.only.as_deref());
        self.cue = drawn.cue_like(run, self.cue);
        self.run = Some(Shared::new(drawn));
        self.cue = self.cue.min(self.last_cue());
    }

    /// Shows an earlier request, standing at its beginning.
    pub(super) fn recall(&mut self, number: usize) {
        let (Some(view), Some(told)) = (&self.view, self.past.recall(number)) else { return };
        self.run = Some(Shared::new(Run::new(number, told, &view.map, self.only.as_deref())));
        self.go_to(0);
    }

    /// Shows a new request from its beginning.
    pub(crate) fn show(&mut self, told: Told) {
        let told = Shared::new(told);
        let number = self.past.keep(told);
        self.selected = None;
        self.halt = None;
        self.recall(number);
        self.playing = self.run.as_ref().is_some_and(|run| !run.timeline.cues.is_empty());
    }

    /// Shows the last of a line's requests; the others are kept to look at.
    pub(super) fn show_last(&mut self, mut told: Vec<Told>) {
        let last = told.pop();
        for told in told {
            self.past.keep(Shared::new(told));
        }
        if let Some(last) = last {
            self.show(last);
        }
    }

    pub(super) fn go_to(&mut self, cue: usize) {
        self.answers.past = None;
        self.cue = cue.min(self.last_cue());
        self.playing = false;
    }

    /// The playhead comes to a step by itself, and stops where it is to halt.
    pub(crate) fn reach(&mut self, cue: usize) {
        self.cue = cue.min(self.last_cue());
        if let Some(halt) = self.halt.filter(|halt| self.cue >= *halt) {
            self.halt = None;
            self.go_to(halt);
        }
    }

    /// Closes what lies over the page, the topmost first.
    pub(super) fn escape(&mut self) {
        if self.course.open || self.course.guide.is_some() {
            (self.course.open, self.course.guide) = (false, None);
        } else if self.help || self.palette {
            (self.help, self.palette) = (false, false);
        } else if self.notice.take().is_none() {
            self.selected = None;
        }
    }

    pub(super) fn last_cue(&self) -> usize {
        self.run.as_ref().map_or(0, |run| run.timeline.cues.len().saturating_sub(1))
    }
}
