//! Steady traffic: the same request again and again, and what came of each.

use std::collections::BTreeMap;

use topology::{Map, Voyage};
use trace::{Journey, Outcome};

use crate::shared::Shared;
use crate::words;

/// Steady traffic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Whether the learner wants it.
    pub on: bool,
    /// Whether nobody looks, so that it rests.
    pub hidden: bool,
    /// What the requests are for, fixed when it began.
    pub target: String,
    /// How many were sent since it began.
    pub sent: u32,
    /// How many came to what, and whether that is what the sender wanted.
    pub tally: BTreeMap<String, (bool, u32)>,
    /// The last one, to be set on its way.
    pub latest: Option<Shared<Voyage>>,
}

impl Traffic {
    /// Begins anew, or stops; the tally stays to be read.
    pub fn toggle(&mut self, target: &str) {
        let hidden = self.hidden;
        match self.on {
            true => self.on = false,
            false => *self = Self { on: true, hidden, target: target.into(), ..Self::default() },
        }
    }

    /// Whether requests are to be sent now.
    pub fn flows(&self) -> bool {
        self.on && !self.hidden
    }

    /// One more request came to its end.
    pub fn count(&mut self, journey: &Journey, map: &Map) {
        self.sent += 1;
        let (good, words) = words::outcome(journey);
        let name = match &journey.outcome {
            Outcome::Http { server: Some(server), .. } if good => server.name.clone(),
            _ => words,
        };
        self.tally.entry(name).or_insert((good, 0)).1 += 1;
        self.latest = Some(Shared::new(Voyage::of(journey, map)));
    }
}
