//! Exponential backoff between attempts.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// A pause that doubles with each attempt, with jitter so that nodes do not retry together.
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Backoff {
    /// Resets the pause after a success.
    pub fn reset(&mut self) {
        self.0 = FIRST;
    }

    pub async fn pause(&mut self) {
        tokio::time::sleep(self.next()).await;
    }

    /// Returns a random time between half of the pause and all of it, and doubles the pause.
    fn next(&mut self) -> Duration {
        let share = RandomState::new().hash_one(()) % 512;
        let pause = self.0 * (512 + u32::try_from(share).unwrap_or_default()) / 1024;
        self.0 = (self.0 * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_start_again() {
        let mut backoff = Backoff::default();
        for longest in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map(Duration::from_millis) {
            let pause = backoff.next();
            assert!(pause >= longest / 2 && pause <= longest, "{pause:?} of {longest:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
