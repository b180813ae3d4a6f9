//! Probes without a pause, so that every node has everybody's authority in its cache.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use crate::history::{Asks, Way};
use crate::world::World;

/// Number of concurrent probes per node.
const AT_ONCE: u64 = 3;
const PAUSE: Duration = Duration::from_millis(4);

/// Probes one node until the history is over.
pub async fn probe(world: Arc<World>, node: usize, seed: u64) {
    let askers = (0..AT_ONCE).map(|number| ask(&world, node, Dice::seeded(seed * AT_ONCE + number)));
    futures_util::future::join_all(askers).await;
}

async fn ask(world: &World, node: usize, mut dice: Dice) {
    let seats = world.seats();
    while !world.recorder.is_over() {
        let seat = dice.pick(&seats);
        let live = seat.live();
        let logins = if live.is_empty() || dice.percent(15) { seat.all() } else { live };
        if !logins.is_empty() {
            let login = dice.pick(&logins);
            let (way, asks) = match dice.below(100) {
                0..3 => (Way::Write, Asks::Permission),
                3..12 => (Way::Read, Asks::Socket),
                12..25 => (Way::Read, Asks::Life),
                _ => (Way::Read, Asks::Permission),
            };
            world.probe(node, login, &seat.org, way, asks).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
