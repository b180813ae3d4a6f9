//! Exemption of an account from the limits of failed logins. The store keeps its start and end.

use bailiwick_kernel::Timestamp;
use time::Duration;

/// Maximum difference between the clocks of two nodes that an exemption tolerates.
const TOLERANCE: Duration = Duration::seconds(30);

/// A span of time in which the limits of failed logins do not count the logins of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exemption {
    /// Time at which it was granted.
    pub from: Timestamp,
    /// Time at which it ends.
    pub until: Timestamp,
}

impl Exemption {
    /// Returns whether it covers `now`. An exemption that starts more than 30 seconds in the future was
    /// granted by a clock that ran ahead. It covers nothing, because it would otherwise last too long.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now + TOLERANCE && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exemption_covers_its_span_and_tolerates_a_clock_that_is_slightly_behind() {
        let from = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
        let exemption = Exemption { from, until: from + Duration::seconds(60) };
        for (seconds, covered) in [(-31, false), (-30, true), (0, true), (59, true), (60, false)] {
            assert_eq!(exemption.covers(from + Duration::seconds(seconds)), covered, "{seconds}");
        }
    }
}
