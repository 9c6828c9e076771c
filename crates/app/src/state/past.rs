//! The requests made lately, to look at again.

use std::collections::VecDeque;

use crate::protocol::Told;
use crate::shared::Shared;

/// As many are kept; the oldest goes first.
const LONGEST: usize = 40;

/// The requests made lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Each with its number, the oldest first.
    kept: VecDeque<(usize, Shared<Told>)>,
    /// How many were made in all.
    made: usize,
}

impl Past {
    /// Keeps a request; its number, from 1.
    pub fn keep(&mut self, told: Shared<Told>) -> usize {
        self.made += 1;
        self.kept.push_back((self.made, told));
        if self.kept.len() > LONGEST {
            self.kept.pop_front();
        }
        self.made
    }

    /// The request of a number, if it is still kept.
    pub fn recall(&self, number: usize) -> Option<Shared<Told>> {
        self.kept.iter().find(|(kept, _)| *kept == number).map(|(_, told)| told.clone())
    }

    /// Those kept, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &(usize, Shared<Told>)> {
        self.kept.iter().rev()
    }

    /// The number of the newest.
    pub fn newest(&self) -> usize {
        self.made
    }
}
