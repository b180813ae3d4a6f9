//! Ids and times that the tests decide.

use std::sync::atomic::{AtomicU8, Ordering};

use bailiwick_kernel::{IdSource, Timestamp};
use time::macros::datetime;
use uuid::Uuid;

/// A moment with a fraction, so that one who forgets to cut it is seen.
pub fn now() -> Timestamp {
    Timestamp::new(datetime!(2026-01-02 03:04:05.678_901 UTC))
}

/// Every id and secret is one more than the last.
#[derive(Default)]
pub struct CountingIds(AtomicU8);

impl CountingIds {
    fn next(&self) -> u8 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl IdSource for CountingIds {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u128(0x0198_c5a0_7d3e_7000_8000_0000_0000_0000 + u128::from(self.next()))
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.next());
    }
}
