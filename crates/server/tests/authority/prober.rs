//! Probes during the whole history, so that every node has the authority of every member in its cache.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use crate::history::{ProbeKind, Requirement};
use crate::world::World;

/// Number of concurrent probes per node.
const AT_ONCE: u64 = 3;
const PAUSE: Duration = Duration::from_millis(4);

/// Probes one node until the history is over.
pub async fn probe(world: Arc<World>, node: usize, seed: u64) {
    let tasks =
        (0..AT_ONCE).map(|number| probe_repeatedly(&world, node, Dice::seeded(seed * AT_ONCE + number)));
    futures_util::future::join_all(tasks).await;
}

async fn probe_repeatedly(world: &World, node: usize, mut dice: Dice) {
    let memberships = world.memberships();
    while !world.recorder.is_over() {
        let membership = dice.pick(&memberships);
        let live = membership.live();
        let logins = if live.is_empty() || dice.percent(15) { membership.all() } else { live };
        if !logins.is_empty() {
            let login = dice.pick(&logins);
            let (kind, requires) = match dice.below(100) {
                0..3 => (ProbeKind::Write, Requirement::Permission),
                3..12 => (ProbeKind::Read, Requirement::Membership),
                12..25 => (ProbeKind::Read, Requirement::Session),
                _ => (ProbeKind::Read, Requirement::Permission),
            };
            world.probe(node, login, &membership.org, kind, requires).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
