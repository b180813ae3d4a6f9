//! What happens beside the sockets: changes of authority and events are handed to them,
//! and now and then each is looked at.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bailiwick_app::authority::ActiveMember;
use bailiwick_app::authority::memory::Touched;
use bailiwick_app::{Actor, Error, Event};
use bailiwick_kernel::OrgId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use super::frames::Published;
use super::seat::{Flag, Seat};
use super::sockets::Shared;

/// So often each socket is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Where nobody tells of changes, each socket asks the store so often.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// A socket whose authority was not established for so long is closed: as long as a lease.
pub(super) const PATIENCE: Duration = Duration::from_millis(3_250);

/// Follows until the last [`Sockets`](super::Sockets) are dropped.
pub(super) async fn run(
    sockets: Weak<Shared>,
    mut changes: Receiver<Arc<Touched>>,
    mut events: Receiver<Arc<Event>>,
) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let seen = tokio::select! {
            biased;
            change = changes.recv() => Seen::Change(change),
            event = events.recv() => Seen::Event(event),
            _ = looks.tick() => Seen::Nothing,
        };
        let Some(sockets) = sockets.upgrade() else { return };
        match seen {
            Seen::Change(Ok(touched)) => sockets.touch(&touched),
            Seen::Change(Err(_)) => sockets.touch(&Touched::Everything),
            Seen::Event(Ok(event)) => sockets.hand(event.org, &Arc::new(Published::from(&*event))),
            Seen::Event(Err(RecvError::Lagged(events))) => {
                tracing::warn!(events, "events came faster than they could be handed out; some are lost");
            }
            Seen::Event(Err(RecvError::Closed)) => tokio::time::sleep(LOOK).await,
            Seen::Nothing => look_at_all(&sockets),
        }
    }
}

enum Seen {
    Change(Result<Arc<Touched>, RecvError>),
    Event(Result<Arc<Event>, RecvError>),
    Nothing,
}

fn look_at_all(sockets: &Shared) {
    let now = sockets.app.parts().clock.now();
    let (elapsed, is_told) = (sockets.elapsed(), sockets.app.authority().memory().holds_lease());
    sockets.each(|seat| {
        if seat.has_expired(now) {
            seat.raise(Flag::Expired);
        }
        look_at_authority(seat, elapsed, is_told);
        seat.ping_every(sockets.settings.ping_every, elapsed);
    });
}

fn look_at_authority(seat: &Seat, elapsed: Duration, is_told: bool) {
    let uncertain_for = seat.uncertain_for(elapsed, is_told);
    if uncertain_for >= PATIENCE {
        seat.raise(Flag::Uncertain);
    } else if !seat.is_asking() && (uncertain_for >= ASK_EVERY || (is_told && seat.is_doubtful())) {
        seat.raise(Flag::Changed);
    }
}

/// The authority of a socket's user, as it is now: from memory where it can be.
pub(super) async fn member(sockets: &Shared, actor: &Actor, org: OrgId) -> Result<ActiveMember, Error> {
    let authority = sockets.app.authority();
    if let Some(verdict) = authority.member_now(actor, org) {
        return Ok(verdict?);
    }
    let _turn = sockets.asking.acquire().await;
    authority.member(actor, org).await
}
