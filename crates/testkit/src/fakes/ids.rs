//! Ids and secrets that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_kernel::{IdSource, Timestamp};
use uuid::Uuid;

/// Number of the counter's 42 bits that follow the version field of the UUID.
const HIGH_BITS: u32 = 12;
/// Number of the counter's bits that follow the variant field.
const LOW_BITS: u32 = 30;

/// A deterministic generator of ids and secrets. No value repeats, and the ids of one millisecond
/// are in the order of their creation.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    made: AtomicU64,
}

impl SeededIds {
    /// Creates the generator of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }

    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}

impl Default for SeededIds {
    fn default() -> Self {
        Self::new(7)
    }
}

impl IdSource for SeededIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let count = self.next();
        let millis = now.unix_micros().max(0).unsigned_abs() / 1000;
        let high = (count >> LOW_BITS) & ((1 << HIGH_BITS) - 1);
        let low = count & ((1 << LOW_BITS) - 1);
        let noise = scramble(self.seed ^ scramble(count)) >> 32;
        Uuid::from_u64_pair((millis << 16) | (7 << 12) | high, (0b10 << 62) | (low << 32) | noise)
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let noise = scramble(self.seed ^ scramble(!self.next())).to_le_bytes();
            chunk.iter_mut().zip(noise).for_each(|(to, from)| *to = from);
        }
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014). It is one-to-one, so distinct counts stay distinct.
fn scramble(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;
    use time::Duration;

    fn made(seed: u64) -> Vec<Uuid> {
        let ids = SeededIds::new(seed);
        (0..1000).map(|n| ids.uuid_v7(ManualClock::start() + Duration::milliseconds(n / 100))).collect()
    }

    #[test]
    fn ids_are_ordered_by_creation_and_of_version_7() {
        let ids = made(1);
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
        let (seconds, nanos) = ids[0].get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_767_323_045, 678));
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn secrets_do_not_repeat() {
        let ids = SeededIds::default();
        let [mut a, mut b] = [[0_u8; 37]; 2];
        ids.fill(&mut a);
        ids.fill(&mut b);
        assert_ne!(a, b);
        assert!(a.iter().any(|byte| *byte != 0));
    }
}
