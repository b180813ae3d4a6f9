//! Activity is recorded once a minute, and kept while the store fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration as StdDuration;

use async_trait::async_trait;
use bailiwick_app::{App, Parts, Store};
use bailiwick_kernel::{StoreError, Timestamp};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use bailiwick_users::Activity;
use time::Duration;
use tokio::sync::Notify;

use crate::world::World;

/// A store that fails to record activity while the test demands it, and counts what it was given.
struct Moody {
    store: MemoryStore,
    refuses: AtomicBool,
    notes: AtomicUsize,
}

#[async_trait]
impl Delegate for Moody {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        self.notes.fetch_add(1, Ordering::Relaxed);
        if self.refuses.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("out for lunch".to_owned()));
        }
        self.store.record_activity(seen).await
    }
}

/// A world whose application takes its notes in a moody store.
fn moody() -> (World, Arc<Delegating<Moody>>) {
    let mut world = World::new();
    let store = Arc::new(Delegating(Moody {
        store: world.store.clone(),
        refuses: AtomicBool::new(false),
        notes: AtomicUsize::new(0),
    }));
    world.app = App::new(Parts { store: store.clone(), ..world.app.parts().clone() });
    (world, store)
}

async fn last_active(world: &World) -> Option<Timestamp> {
    world.stored("ada").await.unwrap().last_active
}

#[tokio::test]
async fn whoever_showed_a_proof_was_there() {
    let (world, store) = moody();
    let ada = world.owner("ada").await;
    let housekeeper = world.app.housekeeper();
    let now = world.clock.advance(Duration::minutes(5));
    world.member(ada).await.unwrap();
    assert!(last_active(&world).await < Some(now), "not yet");
    housekeeper.round().await.unwrap();
    assert_eq!(last_active(&world).await, Some(now));
    assert_eq!(store.notes.load(Ordering::Relaxed), 1);
    housekeeper.round().await.unwrap();
    assert_eq!(store.notes.load(Ordering::Relaxed), 1, "nothing new, nothing written");
}

#[tokio::test]
async fn a_failure_of_the_store_keeps_the_notes_and_the_later_one_counts() {
    let (world, store) = moody();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    let housekeeper = world.app.housekeeper();
    store.refuses.store(true, Ordering::Relaxed);
    let early = world.clock.advance(Duration::minutes(5));
    world.member(ada).await.unwrap();
    world.member(bob).await.unwrap();
    assert!(housekeeper.round().await.is_err());
    let late = world.clock.advance(Duration::minutes(5));
    world.authenticated(ada.actor).await.unwrap();
    assert!(housekeeper.round().await.is_err());
    store.refuses.store(false, Ordering::Relaxed);
    housekeeper.round().await.unwrap();
    assert_eq!(last_active(&world).await, Some(late));
    assert_eq!(world.stored("bob").await.unwrap().last_active, Some(early));
}

#[tokio::test(start_paused = true)]
async fn notes_are_written_once_a_minute_and_at_the_end() {
    let (world, store) = moody();
    let ada = world.owner("ada").await;
    let stop = Arc::new(Notify::new());
    let housekeeper = world.app.housekeeper();
    let stopped = stop.clone();
    let running = tokio::spawn(housekeeper.run(async move { stopped.notified().await }));
    let notes = || store.notes.load(Ordering::Relaxed);

    for minute in 1..4 {
        let now = world.clock.advance(Duration::minutes(1));
        for _ in 0..10 {
            world.member(ada).await.unwrap();
        }
        tokio::time::sleep(StdDuration::from_secs(if minute == 1 { 59 } else { 58 })).await;
        assert_eq!(notes(), minute - 1);
        tokio::time::sleep(StdDuration::from_secs(2)).await;
        assert_eq!(notes(), minute);
        assert_eq!(last_active(&world).await, Some(now));
    }
    store.refuses.store(true, Ordering::Relaxed);
    let last = world.clock.advance(Duration::minutes(1));
    world.member(ada).await.unwrap();
    tokio::time::sleep(StdDuration::from_secs(61)).await;
    assert_eq!(notes(), 4, "it was tried");
    assert!(last_active(&world).await < Some(last));
    store.refuses.store(false, Ordering::Relaxed);
    stop.notify_one();
    running.await.unwrap();
    assert_eq!(last_active(&world).await, Some(last));
}
