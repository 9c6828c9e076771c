//! Virtual time: microseconds since the simulation's epoch.
//!
//! No clock is read anywhere in the engine; whoever acts says when.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use k8s_openapi::jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The epoch as seconds since 1970: 2026-04-22T09:00:00Z.
const EPOCH_SECONDS: i64 = 1_776_848_400;

/// A moment of the simulation, in microseconds since its epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// The moment `seconds` after the epoch.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The time from `earlier` to this moment, zero if `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The moment as the API writes it in `metadata.creationTimestamp`, cut to whole seconds.
    pub fn timestamp(self) -> meta::Time {
        meta::Time(self.instant(self.0 / 1_000_000 * 1_000_000))
    }

    /// The moment with its microseconds, as the API writes it in an event's `eventTime`.
    pub fn micro_time(self) -> meta::MicroTime {
        meta::MicroTime(self.instant(self.0))
    }

    /// The moment that a stored timestamp names; the epoch for anything before it.
    pub fn from_timestamp(timestamp: &meta::Time) -> Self {
        let microseconds = timestamp.0.as_microsecond() - EPOCH_SECONDS * 1_000_000;
        Self(u64::try_from(microseconds).unwrap_or(0))
    }

    fn instant(self, microseconds: u64) -> Timestamp {
        i64::try_from(microseconds)
            .ok()
            .and_then(|since_epoch| since_epoch.checked_add(EPOCH_SECONDS * 1_000_000))
            .and_then(|since_1970| Timestamp::from_microsecond(since_1970).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

/// Writes RFC 3339 in whole seconds: `2026-04-22T09:00:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp().0)
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_reads_back() {
        assert_eq!(Time(0).to_string(), "2026-04-22T09:00:00Z");
        let time = Time::from_seconds(90);
        assert_eq!(time.to_string(), "2026-04-22T09:01:30Z");
        assert_eq!(Time::from_timestamp(&time.timestamp()), time);
    }
}
