//! Virtual time as the API writes it: RFC 3339 timestamps.
//!
//! No clock is read anywhere in the engine; whoever acts says when.

use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use k8s_openapi::jiff::Timestamp;
pub use packet::Time;

/// The simulation's epoch in microseconds since 1970.
const EPOCH_MICROSECONDS: i64 = packet::EPOCH_UNIX_SECONDS as i64 * 1_000_000;

/// What the API makes of a moment.
pub trait Timestamps: Sized {
    /// The moment as the API writes it in `metadata.creationTimestamp`, cut to whole seconds.
    fn timestamp(self) -> meta::Time;

    /// The moment with its microseconds, as the API writes it in an event's `eventTime`.
    fn micro_time(self) -> meta::MicroTime;

    /// The moment that a stored timestamp names; the epoch for anything before it.
    fn from_timestamp(timestamp: &meta::Time) -> Self;
}

impl Timestamps for Time {
    fn timestamp(self) -> meta::Time {
        meta::Time(instant(self.0 / 1_000_000 * 1_000_000))
    }

    fn micro_time(self) -> meta::MicroTime {
        meta::MicroTime(instant(self.0))
    }

    fn from_timestamp(timestamp: &meta::Time) -> Self {
        let microseconds = timestamp.0.as_microsecond() - EPOCH_MICROSECONDS;
        Time(u64::try_from(microseconds).unwrap_or(0))
    }
}

fn instant(microseconds: u64) -> Timestamp {
    i64::try_from(microseconds)
        .ok()
        .and_then(|since_epoch| since_epoch.checked_add(EPOCH_MICROSECONDS))
        .and_then(|since_1970| Timestamp::from_microsecond(since_1970).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_back() {
        assert_eq!(Time(0).timestamp().0.to_string(), "2026-04-22T09:00:00Z");
        let time = Time::from_seconds(90);
        assert_eq!(time.timestamp().0.to_string(), "2026-04-22T09:01:30Z");
        assert_eq!(Time::from_timestamp(&time.timestamp()), time);
    }
}
