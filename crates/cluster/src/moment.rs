//! Moments: the states between actions, to go back to and to compare.

use apiserver::{Change, Snapshot, Time};
use manifest::ObjectRef;
use serde::{Deserialize, Serialize};

use crate::Cluster;

/// A state of the cluster that was kept.
#[derive(Clone, Debug)]
pub struct Moment {
    /// When it was left.
    pub at: Time,
    /// Every object then.
    pub snapshot: Snapshot,
}

/// The cluster after one round of its controllers.
#[derive(Clone, Debug)]
pub struct Round {
    /// When it was.
    pub at: Time,
    /// Which round it was of those at that moment, from 1.
    pub number: usize,
    /// How many of the session's records were made by its end.
    pub records: usize,
    /// Every object then.
    pub snapshot: Snapshot,
}

impl Cluster {
    /// The cluster as it was after a round, to look at: objects, policies and rules of then.
    pub fn as_of(&self, round: &Round) -> Cluster {
        let mut then = self.clone();
        then.state.api = self.state.api.at(&round.snapshot);
        then.state.now = round.at;
        then.state.data.network.sync(&round.snapshot, round.at);
        then
    }
}

/// What became of one object between two moments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Difference {
    /// It came.
    Added(ObjectRef),
    /// It was changed.
    Changed(ObjectRef),
    /// It went.
    Removed(ObjectRef),
}

/// What became of every object between two moments; costs what differs, not what is there.
pub fn differences(before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
    let of = |change: Change<'_>| {
        let object = change.object().reference();
        match change {
            Change::Added(_) => Difference::Added(object),
            Change::Changed { .. } => Difference::Changed(object),
            Change::Removed(_) => Difference::Removed(object),
        }
    };
    after.diff(before).map(of).collect()
}
