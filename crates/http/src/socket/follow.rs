//! The task beside the sockets of a node. It passes changes of authority and events to them, and checks
//! their deadlines.

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
/// Interval at which a socket loads its authority while this node has no lease.
const RECHECK_INTERVAL: Duration = Duration::from_secs(2);
/// Time after which a socket is closed if its authority was not established. Equals the duration of a
/// lease.
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
        let signal = tokio::select! {
            biased;
            change = changes.recv() => Signal::Change(change),
            event = events.recv() => Signal::Event(event),
            _ = ticks.tick() => Signal::Tick,
        };
        let Some(sockets) = sockets.upgrade() else { return };
        match signal {
            Signal::Change(Ok(invalidation)) => sockets.invalidate(&invalidation),
            Signal::Change(Err(_)) => sockets.invalidate(&Invalidation::Everything),
            Signal::Event(Ok(event)) => sockets.deliver(event.org, &Arc::new(Published::from(&*event))),
            Signal::Event(Err(RecvError::Lagged(events))) => {
                tracing::warn!(events, "events arrived faster than they could be sent; some are lost");
            }
            Signal::Event(Err(RecvError::Closed)) => tokio::time::sleep(TICK).await,
            Signal::Tick => examine_all(&sockets),
        }
    }
}

enum Signal {
    Change(Result<Arc<Invalidation>, RecvError>),
    Event(Result<Arc<Event>, RecvError>),
    Tick,
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
    let _permit = sockets.store_loads.acquire().await;
    authority.member(actor, org).await
}
