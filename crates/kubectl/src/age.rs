//! Durations as `kubectl` shows them, `k8s.io/apimachinery/pkg/util/duration.HumanDuration`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};

/// Seconds of Unix time of a stored timestamp.
pub fn seconds(time: &Time) -> i64 {
    time.0.as_second()
}

/// How long ago `time` was at `now` in seconds of Unix time; `<unknown>` without a time.
pub fn since(time: Option<&Time>, now: i64) -> String {
    time.map_or_else(|| "<unknown>".into(), |time| human(now - seconds(time)))
}

/// As [`since`], for times with microseconds.
pub fn since_micro(time: Option<&MicroTime>, now: i64) -> String {
    time.map_or_else(|| "<unknown>".into(), |time| human(now - time.0.as_second()))
}

/// Two units at the most, fewer the longer it is: `8s`, `6m31s`, `3h2m`, `10d`.
pub fn human(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..-1 => "<invalid>".into(),
        -1 => "0s".into(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, "y", days % 365, "d"),
        252_288_000.. => format!("{}y", days / 365),
    }
}

fn two(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_fewer_units_the_longer_it_is() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (391, "6m31s"),
            (3600, "60m"),
            (10_920, "3h2m"),
            (90_000, "25h"),
            (172_800, "2d"),
            (864_000, "10d"),
            (315_360_000, "10y"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
