//! What can be done to the cluster as a whole: mend and break it, undo and redo, repeat a session.

use std::collections::VecDeque;

use cluster::{Cluster, Settings};

use super::session::Session;
use crate::protocol::{Command, Controls, LessonUpdate, Told, Update};

/// As many of a repeated session's requests are told again, the newest.
const REPEATED_REQUESTS: usize = 20;

/// What can be done now.
pub fn of(cluster: &Cluster) -> Controls {
    Controls {
        settings: cluster.scenario().settings(),
        breakable: cluster.breakable(),
        broken: cluster.broken(),
        undo: cluster.can_undo().map(str::to_owned),
        redo: cluster.can_redo().map(str::to_owned),
    }
}

impl Session {
    /// Does all of this; gives the last requests of it, and says how much could not be done.
    pub(super) fn repeat(&mut self, commands: Vec<Command>) -> (Vec<Told>, usize) {
        let (mut tolds, mut failed) = (VecDeque::new(), 0);
        self.repeats = true;
        for command in commands {
            match self.answer(command) {
                Update::Sent { told, .. }
                | Update::Streamed { told, .. }
                | Update::Lesson(LessonUpdate::Watched { told, .. }) => {
                    tolds.push_back(*told);
                }
                Update::Ran { told, .. } => tolds.extend(told),
                Update::Refused(_) => failed += 1,
                _ => {}
            }
            tolds.drain(..tolds.len().saturating_sub(REPEATED_REQUESTS));
        }
        self.repeats = false;
        self.shell.leave();
        (tolds.into_iter().map(|told| self.told(told.journey)).collect(), failed)
    }

    pub(super) fn configure(&mut self, settings: Settings) -> Update {
        let refused = self.shell.cluster.configure(settings);
        let mut said = "the cluster was built anew with everything you made".to_owned();
        for refusal in refused {
            said += "; not carried over: ";
            said += &refusal;
        }
        Update::Changed { said, view: self.view() }
    }

    pub(super) fn changed(&mut self, done: Result<String, String>) -> Update {
        match done {
            Ok(said) => Update::Changed { said, view: self.view() },
            Err(reason) => Update::Refused(reason),
        }
    }

    pub(super) fn step(
        &mut self,
        word: &str,
        name: fn(&Cluster) -> Option<&str>,
        step: fn(&mut Cluster) -> bool,
    ) -> Update {
        let cluster = &mut self.shell.cluster;
        let Some(called) = name(cluster).map(str::to_owned) else {
            return Update::Refused(format!("there is nothing that could be {word}"));
        };
        let before = cluster.applied().to_vec();
        step(cluster);
        let now = cluster.applied().to_vec();
        Update::Stepped { said: format!("{word}: {called}"), before, now, view: self.view() }
    }
}
