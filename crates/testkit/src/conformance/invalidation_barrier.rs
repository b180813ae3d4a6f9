//! `Store::await_invalidation`: what it waits for, while another task commits.

use std::sync::Arc;

use bailiwick_app::Authority;
use bailiwick_app::authority::Actor;
use bailiwick_orgs::MembershipStatus;
use bailiwick_roles::SystemRole;

use super::invalidation::{Listener, set_active};
use super::world::{World, within};
use crate::ManualClock;

/// Number of rounds for each of another race, because a store that does not wait fails only a few of a hundred.
const TIMES: u32 = 2;

/// A change is visible before its commit returns. From then on a caller may wait until no cache answers from the
/// state before it.
pub async fn no_cache_is_older_than_a_change_that_was_seen_and_waited_for(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let actor = Actor { user: user.id, session: world.session(user.id).await.id };
    let listener = Listener::of(&world.store).await;
    let clock = Arc::new(ManualClock::at(world.now));
    let node = Authority::new(world.store.clone(), clock, listener.cache.clone());
    for round in 0..world.rounds * TIMES {
        set_active(&world, &org, &user, true).await;
        for _ in 0..2 {
            assert!(node.member(&actor, org.id).await.is_ok(), "round {round}");
        }
        let writer = tokio::spawn({
            let (world, org, user) = (world.clone(), org.clone(), user.clone());
            async move { set_active(&world, &org, &user, false).await }
        });
        loop {
            let is_committed = writer.is_finished();
            let view = world.store.load_view(&within(org.id, user.id)).await.unwrap().unwrap();
            if view.membership.unwrap().status == MembershipStatus::Suspended {
                break;
            }
            assert!(!is_committed, "round {round}: the change does not show");
            tokio::task::yield_now().await;
        }
        world.store.await_invalidation().await.unwrap();
        let verdict = node.member(&actor, org.id).await;
        assert!(verdict.is_err(), "round {round}: a cache is older than a change that was seen");
        writer.await.unwrap();
    }
}
