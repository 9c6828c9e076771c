//! How long each step of a journey is shown.
//!
//! A step gets the time it takes to read, and a move the time an eye needs. A way that the same
//! conversation has already shown is walked faster, and so is a packet that carries nothing. What is
//! still too long for a class is shortened, what decides less than the rest. Nothing is left out and
//! the order stays; a long silence is cut short and marked.

use trace::{Action, Direction, Flight};

use crate::timeline::{Cue, Fate, Timeline};

/// How much faster than at first sight a packet is shown.
#[derive(Clone, Copy, Debug)]
pub struct Pace(f32);

/// How long a marked silence is shown, in milliseconds.
const WAIT_SHOWN: f32 = 700.0;
/// The gap between two packets.
const BETWEEN_PACKETS: f32 = 220.0;
/// How fast the packet moves, in milliseconds for each unit of the map.
const UNIT: f32 = 1.4;
/// The longest a single move takes.
const LONGEST_MOVE: f32 = 850.0;
/// A journey without packets would be shown so long, if there were such a thing …
const LONGEST: f32 = 11_000.0;
/// … and each packet allows so much more.
const MORE_FOR_A_PACKET: f32 = 200.0;
/// How much less than the rest a step that decides is shortened.
const WEIGHT: f32 = 2.5;

impl Pace {
    /// The pace of a packet; `known` if its way has been shown before.
    pub fn of(flight: &Flight, protocol: &str, known: bool) -> Self {
        let failed = !flight.trace.verdict().is_success();
        Self(match (known, protocol, flight.direction) {
            _ if failed && flight.attempt == 0 => 1.0,
            (false, _, Direction::Request) => 1.0,
            (false, _, Direction::Reply) => 0.6,
            // An acknowledgement, or a repeated attempt.
            (true, "TCP", _) => 0.15,
            (true, _, _) => 0.3,
        })
    }

    /// How long a step's move takes, and how long it stands to be read.
    pub fn times(self, length: f32, action: &Action) -> (u32, u32) {
        let motion = (length * UNIT).min(LONGEST_MOVE) * self.0;
        (motion as u32, (reading_time(action) * self.0) as u32)
    }
}

/// Gives every cue and segment its moment, so that the whole is not too long to watch.
pub fn set(timeline: &mut Timeline) {
    let packets = timeline.segments.len() as f32;
    let waits = timeline.segments.iter().filter(|it| it.waited.is_some()).count() as f32;
    let (mut heavy, mut light) = (0.0, (packets - waits) * BETWEEN_PACKETS);
    for cue in &timeline.cues {
        let sum = if decides(cue) { &mut heavy } else { &mut light };
        *sum += cue.duration as f32;
    }
    let room = LONGEST + packets * MORE_FOR_A_PACKET;
    let share = (room / (WEIGHT * heavy + light).max(1.0)).min(1.0);
    // What decides is shown in full as long as that leaves the rest its room.
    let (heavy, light) = match share * WEIGHT >= 1.0 {
        true => (1.0, ((room - heavy).max(0.0) / light.max(1.0)).min(1.0)),
        false => (share * WEIGHT, share),
    };
    let mut now = 0.0;
    let cues = &mut timeline.cues;
    for (index, segment) in timeline.segments.iter_mut().enumerate() {
        now += if segment.waited.is_some() { WAIT_SHOWN } else { BETWEEN_PACKETS * light };
        segment.start = if index == 0 { 0 } else { now as u32 };
        for cue in cues[segment.first_cue..].iter_mut().take_while(|it| it.flight == segment.flight)
        {
            let share = if decides(cue) { heavy } else { light };
            cue.start = now as u32;
            cue.motion = (cue.motion as f32 * share) as u32;
            now += cue.duration as f32 * share;
            cue.duration = now as u32 - cue.start;
            cue.motion = cue.motion.min(cue.duration.saturating_sub(1));
        }
        segment.end = now as u32;
    }
    timeline.duration = now as u32;
}

/// Whether a step is where a lesson is: a translation, an envelope put on, an end.
fn decides(cue: &Cue) -> bool {
    !cue.rewrites.is_empty() || matches!(cue.fate, Fate::Dropped | Fate::Bounced)
}

/// How long a step takes to read at first sight, in milliseconds.
fn reading_time(action: &Action) -> f32 {
    match action {
        Action::Received | Action::Forwarded => 40.0,
        Action::Passed | Action::Addressed => 140.0,
        Action::Bridged => 200.0,
        Action::Tracked | Action::Permitted => 260.0,
        Action::Routed => 320.0,
        Action::Sent | Action::Decapsulated => 500.0,
        Action::Encapsulated => 700.0,
        Action::Delivered => 600.0,
        Action::Translated => 1200.0,
        Action::Dropped(_) | Action::Rejected(_) => 1600.0,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{journey, map};
    use crate::timeline::Timeline;

    /// The same two packets again and again, as a long conversation would send them.
    fn long() -> Timeline {
        let mut journey = journey();
        let packets = journey.packets.clone();
        for _ in 0..20 {
            journey.packets.extend(packets.clone());
        }
        Timeline::of(&journey, &map(), None)
    }

    #[test]
    fn a_long_conversation_is_shown_in_the_time_of_a_lesson() {
        let timeline = long();
        assert_eq!(timeline.segments.len(), 42);
        assert!(timeline.duration < 20_000, "{} ms", timeline.duration);
        assert!(timeline.cues.windows(2).all(|pair| pair[0].start < pair[1].start));
    }

    #[test]
    fn what_decides_keeps_its_time() {
        let timeline = long();
        let first = &timeline.segments[0];
        let cues = || timeline.cues.iter().filter(|cue| cue.flight == first.flight);
        let longest = cues().max_by_key(|cue| cue.duration - cue.motion);
        assert!(longest.is_some_and(|cue| !cue.rewrites.is_empty()));
    }
}
