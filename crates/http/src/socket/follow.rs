//! Work beside the sockets: changes of authority and events are passed to them, and their deadlines are
//! checked.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bailiwick_app::authority::ActiveMember;
use bailiwick_app::authority::cache::Invalidation;
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_app::{Actor, Error, Event};
use bailiwick_kernel::OrgId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use super::connection_state::{ConnectionState, Flag};
use super::frames::Published;
use super::shared::Shared;

/// Interval at which every socket is examined.
const TICK: Duration = Duration::from_millis(250);
/// Interval at which a socket loads its authority while there is no lease.
const RECHECK_INTERVAL: Duration = Duration::from_secs(2);
/// A socket whose authority was not established for this time, the duration of a lease, is closed.
pub(super) const TIMEOUT: Duration = Duration::from_millis(3_250);

/// Runs until the last [`Hub`](super::Hub) is dropped.
pub(super) async fn run(
    sockets: Weak<Shared>,
    mut changes: Receiver<Arc<Invalidation>>,
    mut events: Receiver<Arc<Event>>,
) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let seen = tokio::select! {
            biased;
            change = changes.recv() => Seen::Change(change),
            event = events.recv() => Seen::Event(event),
            _ = ticks.tick() => Seen::Nothing,
        };
        let Some(sockets) = sockets.upgrade() else { return };
        match seen {
            Seen::Change(Ok(invalidation)) => sockets.invalidate(&invalidation),
            Seen::Change(Err(_)) => sockets.invalidate(&Invalidation::Everything),
            Seen::Event(Ok(event)) => sockets.deliver(event.org, &Arc::new(Published::from(&*event))),
            Seen::Event(Err(RecvError::Lagged(events))) => {
                tracing::warn!(events, "events arrived faster than they could be sent; some are lost");
            }
            Seen::Event(Err(RecvError::Closed)) => tokio::time::sleep(TICK).await,
            Seen::Nothing => examine_all(&sockets),
        }
    }
}

enum Seen {
    Change(Result<Arc<Invalidation>, RecvError>),
    Event(Result<Arc<Event>, RecvError>),
    Nothing,
}

fn examine_all(sockets: &Shared) {
    let now = sockets.app.parts().clock.now();
    let holds_lease = sockets.app.authority().cache().holds_lease();
    let (elapsed, has_lease) = (sockets.elapsed(), holds_lease || flaws::has(Flaw::PushWithoutLease));
    sockets.for_each(|state| {
        if state.has_expired(now) {
            state.raise(Flag::Expired);
        }
        examine_authority(state, elapsed, has_lease);
        state.ping_every(sockets.settings.ping_every, elapsed);
    });
}

fn examine_authority(state: &ConnectionState, elapsed: Duration, has_lease: bool) {
    let uncertain_for = state.uncertain_for(elapsed, has_lease);
    if uncertain_for >= TIMEOUT {
        state.raise(Flag::Uncertain);
    } else if !state.is_loading()
        && (uncertain_for >= RECHECK_INTERVAL || (has_lease && state.is_uncertain()))
    {
        state.raise(Flag::Changed);
    }
}

/// Returns the current authority of a socket's user, from the cache or the store.
pub(super) async fn member(sockets: &Shared, actor: &Actor, org: OrgId) -> Result<ActiveMember, Error> {
    let authority = sockets.app.authority();
    if let Some(verdict) = authority.member_cached(actor, org) {
        return Ok(verdict?);
    }
    let _turn = sockets.store_loads.acquire().await;
    authority.member(actor, org).await
}
