//! A journey made ready to be shown.

use packet::Frame;
use topology::{Map, Timeline};
use trace::{Hop, Step};

use crate::protocol::Told;
use crate::shared::Shared;

/// A journey made ready to be shown.
#[derive(Debug)]
pub struct Run {
    /// Its number among those made so far.
    pub number: usize,
    /// What happened, and where its causes stand in the files.
    pub told: Shared<Told>,
    /// The protocols of its packets.
    pub protocols: Vec<String>,
    /// When it is shown, and which packets of it.
    pub timeline: Timeline,
}

impl Run {
    /// A journey over a map; only the packets of a protocol, if it has any of that.
    pub fn new(number: usize, told: Shared<Told>, map: &Map, only: Option<&str>) -> Self {
        let protocols = topology::protocols(&told.journey);
        let only = only.filter(|only| protocols.iter().any(|protocol| protocol == only));
        let timeline = Timeline::of(&told.journey, map, only);
        Self { number, told, protocols, timeline }
    }

    /// The step of a cue, with its place.
    pub fn step(&self, cue: usize) -> Option<(&Hop, &Step)> {
        let cue = self.timeline.cues.get(cue)?;
        let hop = self.told.journey.packets.get(cue.flight)?.trace.hops().get(cue.hop)?;
        Some((hop, hop.steps().get(cue.step)?))
    }

    /// The packet before the step of a cue; nothing at a packet's first step.
    pub fn frame_before(&self, cue: usize) -> Option<&Frame> {
        let (before, present) = (cue.checked_sub(1)?, self.timeline.cues.get(cue)?);
        let same = self.timeline.cues[before].flight == present.flight;
        self.step(before).filter(|_| same).map(|(_, step)| &step.frame)
    }

    /// The cue here for what another timeline of the same journey shows at one of its cues, or for
    /// the first step after it.
    pub fn cue_like(&self, other: &Self, cue: usize) -> usize {
        let Some(sought) = other.timeline.cues.get(cue) else { return 0 };
        let sought = (sought.flight, sought.hop, sought.step);
        self.timeline.cues.partition_point(|cue| (cue.flight, cue.hop, cue.step) < sought)
    }
}
