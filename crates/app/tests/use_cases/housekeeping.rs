//! Background work: recording activity and retention.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use bailiwick_app::platform::{ListMail, ListUsers};
use bailiwick_app::{App, Parts, Store};
use bailiwick_kernel::{Lock, StoreError, Timestamp};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use bailiwick_users::{Activity, UserChanges};
use time::Duration;

use crate::world::{Person, World};

async fn last_active(app: &App, person: Person) -> Option<Timestamp> {
    let mut tx = app.parts().store.begin_read().await.unwrap();
    let user = tx.users().find(person.actor.user, Lock::None).await.unwrap().unwrap();
    tx.rollback().await.unwrap();
    user.last_active
}

#[tokio::test]
async fn everybody_seen_is_written_down_with_the_time_of_the_last_request() {
    let world = World::new();
    let mut people = Vec::new();
    for number in 0..40 {
        people.push(world.owner(&format!("p{number}")).await);
    }
    let housekeeper = world.app.housekeeper();
    for _ in 0..2 {
        world.clock.advance(Duration::minutes(1));
        for person in &people {
            world.app.authority().authenticated(&person.actor).await.unwrap();
            world.member(*person).await.unwrap();
        }
    }
    let seen = world.app.parts().clock.now();
    world.clock.advance(Duration::minutes(1));
    housekeeper.round().await.unwrap();
    for person in people {
        assert_eq!(last_active(&world.app, person).await, Some(seen));
    }
}

/// A store that fails while the test demands it, and has batches of names to fold.
struct Fickle {
    store: MemoryStore,
    gone: AtomicBool,
    unfolded: AtomicU64,
}

#[async_trait]
impl Delegate for Fickle {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        self.store.record_activity(seen).await
    }

    async fn fold_names(&self) -> Result<u64, StoreError> {
        let left = self.unfolded.load(Ordering::SeqCst);
        self.unfolded.store(left.saturating_sub(2), Ordering::SeqCst);
        Ok(left.min(2))
    }
}

#[tokio::test]
async fn names_are_folded_until_none_is_left() {
    let world = World::new();
    let (gone, unfolded) = (AtomicBool::new(false), AtomicU64::new(5));
    let store = Arc::new(Delegating(Fickle { store: world.store.clone(), gone, unfolded }));
    let app = App::new(Parts { store: store.clone(), ..world.app.parts().clone() });
    assert_eq!(app.housekeeper().fold_names().await, Ok(5));
    assert_eq!(app.housekeeper().fold_names().await, Ok(0));
}

#[tokio::test]
async fn what_cannot_be_written_down_is_written_down_later() {
    let world = World::new();
    let (gone, unfolded) = (AtomicBool::new(true), AtomicU64::new(0));
    let fickle = Arc::new(Delegating(Fickle { store: world.store.clone(), gone, unfolded }));
    let app = App::new(Parts { store: fickle.clone(), ..world.app.parts().clone() });
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    world.clock.advance(Duration::minutes(1));
    let first = app.parts().clock.now();
    for person in [ada, bob] {
        app.authority().authenticated(&person.actor).await.unwrap();
    }
    let housekeeper = app.housekeeper();
    assert!(housekeeper.round().await.is_err());
    world.clock.advance(Duration::minutes(1));
    app.authority().authenticated(&bob.actor).await.unwrap();
    fickle.gone.store(false, Ordering::SeqCst);
    housekeeper.round().await.unwrap();
    assert_eq!(last_active(&app, ada).await, Some(first));
    assert_eq!(last_active(&app, bob).await, Some(first + Duration::minutes(1)));
}

#[tokio::test]
async fn leftovers_go_when_their_time_has_come() {
    let world = World::new();
    let ada = world.owner("ada").await;
    world.app.outbox().send_due().await.unwrap();
    let housekeeper = world.app.housekeeper();
    assert_eq!(housekeeper.sweep().await, Ok(0));
    world.clock.advance(Duration::hours(48) - Duration::SECOND);
    assert_eq!(housekeeper.sweep().await, Ok(0), "what ran out is kept for a day");
    world.clock.advance(Duration::SECOND);
    assert_eq!(
        housekeeper.sweep().await,
        Ok(2),
        "the secret that verifies the address, and the record of its link"
    );
    world.clock.advance(Duration::days(28));
    assert_eq!(housekeeper.sweep().await, Ok(0));
    world.clock.advance(Duration::SECOND);
    assert_eq!(housekeeper.sweep().await, Ok(1), "the mail");
    // The session expired after thirty days and is retained for thirty more.
    world.clock.advance(Duration::days(30) - Duration::SECOND);
    assert_eq!(housekeeper.sweep().await, Ok(0));
    world.clock.advance(Duration::SECOND);
    assert_eq!(housekeeper.sweep().await, Ok(2), "the session and its token");
    assert!(last_active(&world.app, ada).await.is_some(), "the account stays");
}

#[tokio::test]
async fn mail_that_waits_or_was_given_up_stays() {
    let world = World::new();
    world.mail.fail_permanently();
    let ada = world.owner("ada").await;
    world.app.outbox().send_due().await.unwrap();
    world.owner("bob").await;
    world.clock.advance(Duration::days(400));
    world.app.housekeeper().sweep().await.unwrap();
    let mut tx = world.app.parts().store.begin().await.unwrap();
    tx.users().update(ada.actor.user, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let proof = world.app.authority().platform_admin(&world.log_in("ada").await).await.unwrap();
    let mail = world.app.query(&proof, &ListMail::default()).await.unwrap();
    let effective_status: Vec<_> = mail.items.iter().map(|mail| mail.status().as_str()).collect();
    assert_eq!(effective_status, ["waiting", "failed"]);
    assert_eq!(world.app.query(&proof, &ListUsers::default()).await.unwrap().items.len(), 2);
}
