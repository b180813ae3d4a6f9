//! Checks the clock of this machine, by itself and against the clock of the database.

use bailiwick::kernel::Timestamp;
use time::Duration;
use time::macros::datetime;

use super::report::{Check, Name};

/// The earliest plausible time, before which this program did not exist.
const EARLIEST: time::OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
const NOTABLE: Duration = Duration::seconds(5);
const TOO_MUCH: Duration = Duration::seconds(30);
const SET_IT: &str = "let all machines take their time from NTP";

/// Checks the clock, which was read `before` and `after` the clock of the server.
pub fn clock(before: Timestamp, after: Timestamp, server: Option<Timestamp>) -> Check {
    if before.as_offset() < EARLIEST {
        let message = format!("the clock says {before}, which is before this program was made");
        return Check::failed(Name::Clock, message, SET_IT);
    }
    let Some(server) = server else {
        return Check::ok(Name::Clock, format!("{before}; there is no other clock to compare with"));
    };
    // The time between the two readings is the round trip, and counts as no skew.
    let (skew, side) =
        if server > after { (server - after, "behind") } else { (before - server, "ahead of") };
    let skew = skew.max(Duration::ZERO);
    let message = format!("{:.1} seconds {side} the clock of the database", skew.as_seconds_f64());
    if skew > TOO_MUCH {
        Check::failed(Name::Clock, message, SET_IT)
    } else if skew > NOTABLE {
        Check::warning(Name::Clock, message, SET_IT)
    } else {
        Check::ok(Name::Clock, format!("{before}; the clock of the database agrees"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(before: i64, after: i64, server: Option<i64>) -> String {
        let at = |seconds| Timestamp::from_unix_seconds(1_800_000_000 + seconds).unwrap();
        let check = clock(at(before), at(after), server.map(at));
        serde_json::to_value(check).unwrap()["outcome"].as_str().unwrap().to_owned()
    }

    #[test]
    fn seconds_apart_are_a_warning_and_half_a_minute_a_failure() {
        for (server, expected) in [
            (0, "ok"),
            (1, "ok"),
            (7, "ok"),
            (8, "warning"),
            (-6, "warning"),
            (32, "warning"),
            (33, "failed"),
            (-31, "failed"),
        ] {
            assert_eq!(outcome(0, 2, Some(server)), expected, "{server}");
        }
        assert_eq!(outcome(0, 0, None), "ok");
    }

    #[test]
    fn a_clock_before_this_program_is_wrong() {
        assert_eq!(outcome(-100_000_000, -100_000_000, None), "failed");
    }
}
