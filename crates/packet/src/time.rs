//! Virtual time: microseconds since the simulation began. Nothing in the engine reads a real clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of virtual time, in microseconds since the simulation's epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(pub u64);

/// Seconds from the Unix epoch to the simulation's, 2026-04-22T09:00:00Z: the day v1.36 came out.
pub const EPOCH_UNIX_SECONDS: u64 = 1_776_848_400;

impl Time {
    /// The moment the simulation begins.
    pub const START: Time = Time(0);

    /// A moment `seconds` after the start.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// Whole seconds since the start.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Seconds of Unix time, for formats that carry a wall clock.
    pub fn unix_seconds(self) -> u64 {
        EPOCH_UNIX_SECONDS + self.0 / 1_000_000
    }

    /// Microseconds within the second.
    pub fn subsecond_micros(self) -> u32 {
        (self.0 % 1_000_000) as u32
    }

    /// How long ago `earlier` was; zero if it is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(duration.as_micros() as u64))
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

/// Writes seconds with milliseconds, as a capture does: `12.034`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000_000, self.0 % 1_000_000 / 1_000)
    }
}
