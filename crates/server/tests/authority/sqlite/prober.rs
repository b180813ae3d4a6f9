//! Probes without a pause, so that the service has everybody's authority in its cache.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use super::file::File;
use crate::history::Asks;

/// Number of concurrent probes.
pub const AT_ONCE: u64 = 3;
const PAUSE: Duration = Duration::from_millis(4);

/// Probes one membership after another until the history is over.
pub async fn ask(file: Arc<File>, mut dice: Dice) {
    while !file.recorder.is_over() {
        let asks = match dice.below(100) {
            0..10 => Asks::Socket,
            10..20 => Asks::Life,
            _ => Asks::Permission,
        };
        file.probe(dice.pick(&file.people), dice.pick(&file.orgs), asks).await;
        tokio::time::sleep(PAUSE).await;
    }
}
