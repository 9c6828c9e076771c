//! A session taken up again: from storage, from a link, or one step back and forth.

use cluster::SourceFile;

use super::{Notice, State};
use crate::protocol::{Told, View};
use crate::saved::Saved;
use crate::shared::Shared;

impl State {
    /// The session as it will be once the engine has repeated what was done in it.
    pub(super) fn resume(&mut self, saved: &Saved) {
        self.files = Shared::new(saved.files.clone());
        self.active = saved.active.min(saved.files.len().saturating_sub(1));
        self.revision += 1;
        self.from = saved.from.clone();
        self.target = saved.target.clone();
        self.selected = saved.selected.clone();
        self.run = None;
        self.past = Default::default();
        self.resuming = Some(Shared::new(saved.clone()));
        self.busy = true;
        self.resume_lesson(saved);
    }

    /// Nothing is on show any more of what was sent, chosen and said.
    pub(crate) fn put_run_away(&mut self) {
        self.run = None;
        self.playing = false;
        self.selected = None;
        self.said.clear();
    }

    /// The engine has repeated the session; the request and the step on show are found again.
    pub(super) fn repeated(
        &mut self,
        files: Vec<SourceFile>,
        told: Vec<Told>,
        failed: usize,
        view: View,
    ) {
        let as_it_came = self.files.is_empty() || *self.files == files;
        if self.files.is_empty() {
            self.files = Shared::new(files);
            self.revision += 1;
        }
        let saved = self.resuming.take();
        self.follow(view);
        for told in told {
            self.past.keep(Shared::new(told));
        }
        if let Some(saved) = saved {
            if let Some((back, cue)) = saved.shown
                && let Some(number) = self.past.newest().checked_sub(back)
            {
                self.recall(number);
                self.go_to(cue);
            }
            self.selected = saved.selected.clone();
            self.unapplied = saved.unapplied && !(as_it_came && saved.done.is_empty());
        }
        if failed > 0 {
            let text = format!(
                "{failed} of the things done in this session cannot be done any more, so it \
                 differs from what was saved."
            );
            self.notice = Some(Notice { text, bad: true });
        }
        self.busy = false;
    }

    /// An action was undone or done again; the editor follows if it shows what was applied.
    pub(super) fn stepped(
        &mut self,
        said: String,
        before: &[SourceFile],
        now: Vec<SourceFile>,
        view: View,
    ) {
        self.said = vec![said];
        if before != now.as_slice() {
            if self.files.as_slice() == before {
                self.files = Shared::new(now);
                self.active = self.active.min(self.files.len().saturating_sub(1));
                self.revision += 1;
                self.unapplied = false;
            } else {
                self.unapplied = true;
                self.said.push("your text has changes of its own and was left as it is".into());
            }
        }
        self.follow(view);
        self.busy = false;
    }

    /// What to keep of the page beside what was done to the cluster.
    pub fn saved(&self) -> Saved {
        if let Some(resuming) = &self.resuming {
            return Saved::clone(resuming);
        }
        Saved {
            done: Vec::new(),
            files: self.files.to_vec(),
            unapplied: self.unapplied,
            active: self.active,
            from: self.from.clone(),
            target: self.target.clone(),
            selected: self.selected.clone(),
            shown: self.run.as_ref().map(|run| (self.past.newest() - run.number, self.cue)),
        }
    }
}
