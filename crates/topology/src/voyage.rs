//! One request among many, as a single envelope that goes there and comes back.
//!
//! Of its packets only those are shown that carry something or were lost; nothing stands still to be
//! read. The whole of it is in the [`Timeline`].

use trace::{Flight, Journey, Purpose};

use crate::timeline::{Cue, Fate, Timeline, Tone};
use crate::{Map, Point, Polyline};

/// A request on its way there and back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voyage {
    /// The stretches of its way, in order of time.
    pub legs: Vec<Leg>,
    /// How long it takes in all, in milliseconds.
    pub duration: f64,
}

/// A stretch of the way in one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// When it begins, in milliseconds.
    pub start: f64,
    /// The way.
    pub path: Polyline,
    /// The packet's colour on it.
    pub tone: Tone,
    /// Whether it is inside a tunnel's envelope.
    pub wrapped: bool,
    /// What becomes of it at the end.
    pub fate: Fate,
}

/// How fast it moves, in milliseconds for each unit of the map.
const UNIT: f32 = 1.1;
/// How long an end in the middle of the way is shown.
const END_SHOWN: f64 = 900.0;

impl Voyage {
    /// A journey over a map.
    pub fn of(journey: &Journey, map: &Map) -> Self {
        let shown = shown(journey);
        let timeline = Timeline::of(journey, map, None);
        let mut voyage = Self::default();
        let mut before: Option<&Cue> = None;
        for cue in timeline.cues.iter().filter(|cue| shown.contains(&cue.flight)) {
            // The envelope and the colour change at the end of a step's way, not on it.
            let look = before.filter(|before| before.flight == cue.flight).unwrap_or(cue);
            if cue.path.0.len() > 1 {
                let time = f64::from(cue.path.length() * UNIT);
                voyage.add(cue.path.clone(), look, Fate::Travels, time);
            }
            if let (Fate::Dropped | Fate::Bounced, Some(end)) = (cue.fate, cue.path.0.last()) {
                voyage.add(Polyline(vec![*end]), cue, cue.fate, END_SHOWN);
            }
            before = Some(cue);
        }
        voyage
    }

    fn add(&mut self, path: Polyline, look: &Cue, fate: Fate, time: f64) {
        let Cue { tone, wrapped, .. } = *look;
        self.legs.push(Leg { start: self.duration, path, tone, wrapped, fate });
        self.duration += time;
    }

    /// The stretch at a moment, by position, and the place on it; nothing after the end.
    pub fn at(&self, time: f64) -> Option<(usize, Point)> {
        if time >= self.duration {
            return None;
        }
        let index = self.legs.partition_point(|leg| leg.start <= time).checked_sub(1)?;
        let leg = &self.legs[index];
        let whole = f64::from(leg.path.length() * UNIT).max(1.0);
        let share = ((time - leg.start) / whole) as f32;
        leg.path.at(share).map(|point| (index, point))
    }
}

/// The packets worth showing: of the conversation that mattered, those that carry something or were
/// lost; all of it if there are none.
fn shown(journey: &Journey) -> Vec<usize> {
    let resolves = |flight: &Flight| {
        let exchange = journey.exchanges.get(flight.exchange);
        exchange.is_some_and(|it| matches!(it.purpose, Purpose::Resolve(_)))
    };
    let tells = |flight: &Flight| {
        let inner = flight.trace.sent().layers().pop();
        !flight.trace.verdict().is_success() || inner.is_some_and(|it| it.protocol != "TCP")
    };
    let packets = || journey.packets.iter().enumerate().filter(|(_, it)| it.attempt == 0);
    let telling: Vec<usize> = packets()
        .filter(|(_, flight)| !resolves(flight) && tells(flight))
        .map(|(index, _)| index)
        .collect();
    if !telling.is_empty() {
        return telling;
    }
    let exchange = match journey.deciding_step() {
        Some((flight, ..)) => journey.packets[flight].exchange,
        None => return Vec::new(),
    };
    packets().filter(|(_, it)| it.exchange == exchange).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{journey, map};

    #[test]
    fn an_envelope_goes_there_and_comes_back_to_where_it_began() {
        let voyage = Voyage::of(&journey(), &map());
        let (first, last) = (&voyage.legs[0], &voyage.legs[voyage.legs.len() - 1]);
        assert_eq!(first.path.0.first(), last.path.0.last());
        assert!(voyage.legs.iter().any(|leg| leg.wrapped));
        assert_eq!((first.tone, last.tone), (Tone::Sent, Tone::Reply));
        assert_eq!(voyage.at(0.0).map(|(leg, _)| leg), Some(0));
        assert_eq!(voyage.at(voyage.duration), None);
    }
}
