//! Probes during the whole history, so that the service has the authority of every member in its cache.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use super::file::File;
use crate::history::Requirement;

/// Number of concurrent probes.
pub const AT_ONCE: u64 = 3;
const PAUSE: Duration = Duration::from_millis(4);

/// Probes one membership after another until the history is over.
pub async fn probe_repeatedly(file: Arc<File>, mut dice: Dice) {
    while !file.recorder.is_over() {
        let requires = match dice.below(100) {
            0..10 => Requirement::Membership,
            10..20 => Requirement::Session,
            _ => Requirement::Permission,
        };
        file.probe(dice.pick(&file.people), dice.pick(&file.orgs), requires).await;
        tokio::time::sleep(PAUSE).await;
    }
}
