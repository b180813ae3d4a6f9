//! Identifiers and secrets from the randomness of the operating system.

use std::sync::{Mutex, PoisonError};

use bailiwick_kernel::{IdSource, Timestamp};
use uuid::{Builder, Uuid};

/// Number of random bits in a UUID of version 7, besides version and variant.
const RANDOM_BITS: u32 = 74;

/// Source of ids and secrets from the operating system.
///
/// If the operating system provides no randomness, the process ends, because later secrets would be
/// guessable.
#[derive(Default, Debug)]
pub struct SystemIds {
    latest: Mutex<Latest>,
}

/// The last id: its millisecond and its random part.
#[derive(Clone, Copy, Default)]
struct Latest {
    millis: u64,
    random: u128,
}

impl std::fmt::Debug for Latest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Latest({})", self.millis)
    }
}

impl SystemIds {
    /// Creates a source.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the random part of the next id. Within one millisecond it grows by a random step
    /// (RFC 9562, section 6.2, method 2).
    fn random_part(&self, millis: u64) -> u128 {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let step = latest.random + 1 + u128::from(u32::from_le_bytes(random()));
        let fresh = u128::from_le_bytes(random());
        // The first value of a millisecond has a clear top bit, so that there is room to grow.
        let random = if millis == latest.millis && step >> RANDOM_BITS == 0 {
            step
        } else {
            fresh >> (u128::BITS - RANDOM_BITS + 1)
        };
        *latest = Latest { millis, random };
        random
    }
}

impl IdSource for SystemIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.unix_micros() / 1000).unwrap_or(0);
        let random = self.random_part(millis);
        // Twelve bits come before the variant and the other 62 after it.
        let spread = (random >> 62) << 64 | (random & (u128::MAX >> 66));
        let [.., b0, b1, b2, b3, b4, b5, b6, b7, b8, b9] = spread.to_be_bytes();
        Builder::from_unix_timestamp_millis(millis, &[b0, b1, b2, b3, b4, b5, b6, b7, b8, b9]).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        tracing::error!(%error, "the operating system provides no randomness");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_millis(millis: i64) -> Timestamp {
        Timestamp::from_unix_micros(millis * 1000 + 7).unwrap()
    }

    #[test]
    fn an_id_is_of_version_seven_and_carries_its_time() {
        let id = SystemIds::new().uuid_v7(at_millis(1_767_323_045_678));
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.as_u128() >> 80, 1_767_323_045_678);
    }

    #[test]
    fn ids_of_one_millisecond_rise_and_differ() {
        let ids = SystemIds::new();
        let made: Vec<_> = (0..10_000).map(|_| ids.uuid_v7(at_millis(5))).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn an_exhausted_millisecond_gets_a_new_random_part() {
        let ids = SystemIds::new();
        let full = (1 << RANDOM_BITS) - 1;
        *ids.latest.lock().unwrap() = Latest { millis: 5, random: full };
        assert!(ids.random_part(5) <= full / 2);
    }

    #[test]
    fn a_time_before_1970_does_not_panic() {
        assert_eq!(SystemIds::new().uuid_v7(at_millis(-5)).as_u128() >> 80, 0);
    }

    #[test]
    fn secrets_differ() {
        let ids = SystemIds::new();
        let mut secrets = [[0_u8; 32]; 2];
        for bytes in &mut secrets {
            ids.fill(bytes);
        }
        assert_ne!(secrets[0], secrets[1]);
    }
}
