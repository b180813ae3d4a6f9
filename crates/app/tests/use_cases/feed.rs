//! Delivery of committed changes to readers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::audit::Action;
use bailiwick_app::changes::{Change, ChangeKind, MemberJoined, OrganizationCreated};
use bailiwick_app::feed::{FeedReader, FeedRunner};
use bailiwick_app::{App, Parts, Store, Tx};
use bailiwick_kernel::{OrgId, StoreError, UserId};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use time::Duration;
use tokio::sync::{Notify, oneshot};

use crate::world::World;

type Seen = Arc<Mutex<Vec<OrgId>>>;

/// A reader that records the organizations that were created.
fn recorder(name: &str) -> (FeedReader, Seen) {
    let seen = Seen::default();
    let record = seen.clone();
    let reader = FeedReader::new(name).unwrap().on(OrganizationCreated, move |created| {
        record.lock().unwrap().push(created.target());
        async { Ok(()) }
    });
    (reader, seen)
}

async fn registered(world: &World, reader: FeedReader) -> FeedRunner {
    world.app.register_reader(&reader).await.unwrap();
    world.app.feed(reader)
}

#[tokio::test]
async fn a_reader_gets_the_changes_of_its_kinds_with_their_values() {
    let world = World::new();
    let changes: Arc<Mutex<Vec<Change<MemberJoined>>>> = Arc::default();
    let record = changes.clone();
    let reader = FeedReader::new("crm").unwrap().on(MemberJoined, move |joined| {
        record.lock().unwrap().push(joined);
        async { Ok(()) }
    });
    let feed = registered(&world, reader).await;
    let ada = world.owner("ada").await;
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    feed.deliver_due().await.unwrap();
    let changes = changes.lock().unwrap();
    let [joined] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((joined.org(), joined.target()), (Some(ada.org), bob.actor.user));
    assert_eq!(joined.actor(), Some(bob.actor.user));
    assert_eq!(joined.entry().action, Action::MemberJoin);
    assert_eq!(joined.after("status").unwrap(), "active");
    assert_eq!(joined.before("role"), None);
    assert!(joined.position().is_some());
}

#[tokio::test]
async fn a_reader_of_everything_gets_every_change_in_order() {
    let world = World::new();
    let actions: Arc<Mutex<Vec<Action>>> = Arc::default();
    let record = actions.clone();
    let reader = FeedReader::new("log").unwrap().on_every(move |entry| {
        record.lock().unwrap().push(entry.entry.action);
        async { Ok(()) }
    });
    let feed = registered(&world, reader).await;
    world.sign_up("ada").await.unwrap();
    feed.deliver_due().await.unwrap();
    assert_eq!(*actions.lock().unwrap(), [Action::AccountSignUp, Action::OrganizationCreate]);
}

#[tokio::test]
async fn a_new_reader_gets_what_comes_after_it_unless_it_wants_all() {
    let world = World::new();
    let first = world.owner("ada").await.org;
    let (from_now, later) = recorder("from-now");
    let (from_beginning, all) = recorder("all");
    let runners =
        [registered(&world, from_now).await, registered(&world, from_beginning.from_beginning()).await];
    let second = world.owner("bob").await.org;
    for runner in runners {
        runner.deliver_due().await.unwrap();
    }
    assert_eq!(*later.lock().unwrap(), [second]);
    assert_eq!(*all.lock().unwrap(), [first, second]);
}

#[tokio::test]
async fn a_change_that_was_not_handled_comes_again_later_each_time_and_before_all_others() {
    let world = World::new();
    let seen = Seen::default();
    let (record, failures) = (seen.clone(), Arc::new(Mutex::new(0)));
    let fails = failures.clone();
    let reader = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |created| {
        record.lock().unwrap().push(created.target());
        let mut failures = fails.lock().unwrap();
        *failures += 1;
        let fails = *failures <= 3;
        async move { if fails { Err("not now".into()) } else { Ok(()) } }
    });
    let feed = registered(&world, reader).await;
    let (first, second) = (world.owner("ada").await.org, world.owner("bob").await.org);
    feed.deliver_due().await.unwrap();
    for (seconds, tries) in [(1, 2), (2, 3)] {
        world.clock.advance(Duration::milliseconds(seconds * 1000 - 1));
        feed.deliver_due().await.unwrap();
        assert_eq!(seen.lock().unwrap().len(), tries - 1, "not before {seconds} s");
        world.clock.advance(Duration::milliseconds(1));
        feed.deliver_due().await.unwrap();
        assert_eq!(*seen.lock().unwrap(), vec![first; tries]);
    }
    world.clock.advance(Duration::seconds(4));
    feed.deliver_due().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [first, first, first, first, second]);
}

#[tokio::test]
async fn a_handler_that_panics_has_failed_and_the_reader_goes_on() {
    let world = World::new();
    let tries = Arc::new(Mutex::new(0));
    let counted = tries.clone();
    let reader = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |_| {
        let tries = counted.clone();
        async move {
            *tries.lock().unwrap() += 1;
            let is_first = *tries.lock().unwrap() == 1;
            assert!(!is_first, "on purpose");
            Ok(())
        }
    });
    let feed = registered(&world, reader).await;
    world.sign_up("ada").await.unwrap();
    for _ in 0..3 {
        feed.deliver_due().await.unwrap();
        world.clock.advance(Duration::minutes(1));
    }
    assert_eq!(*tries.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_handler_that_panics_before_it_awaits_has_failed_too() {
    let world = World::new();
    let tries = Arc::new(Mutex::new(0));
    let counted = tries.clone();
    let reader = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |_| {
        let mut tries = counted.lock().unwrap();
        *tries += 1;
        let is_first = *tries == 1;
        drop(tries);
        assert!(!is_first, "on purpose");
        async { Ok(()) }
    });
    let feed = registered(&world, reader).await;
    world.sign_up("ada").await.unwrap();
    for _ in 0..3 {
        feed.deliver_due().await.unwrap();
        world.clock.advance(Duration::minutes(1));
    }
    assert_eq!(*tries.lock().unwrap(), 2);
}

/// A kind whose target is not that of the action.
#[derive(Debug)]
struct Mistaken;

impl ChangeKind for Mistaken {
    const ACTION: Action = Action::OrganizationCreate;
    type Target = UserId;
}

#[tokio::test]
async fn a_kind_with_another_target_fails_and_is_not_passed_over() {
    let world = World::new();
    let reader = FeedReader::new("crm").unwrap().on(Mistaken, |_| async { Ok(()) });
    let feed = registered(&world, reader).await;
    let all = world.owner("ada").await.org;
    feed.deliver_due().await.unwrap();
    // The same reader, corrected, gets the change.
    world.clock.advance(Duration::minutes(1));
    let (corrected, seen) = recorder("crm");
    registered(&world, corrected).await.deliver_due().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [all]);
}

/// A store whose transactions fail from some time on.
struct Fails {
    store: MemoryStore,
    now: AtomicBool,
}

#[async_trait]
impl Delegate for Fails {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        if self.now.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("on purpose".to_owned()));
        }
        self.store.begin().await
    }
}

#[tokio::test]
async fn a_reader_stops_though_its_place_cannot_be_stored() {
    let world = World::new();
    let store = Arc::new(Delegating(Fails { store: world.store.clone(), now: AtomicBool::default() }));
    let app = App::new(Parts { store: store.clone(), ..world.app.parts().clone() });
    let (stop, stopped) = oneshot::channel::<()>();
    let stop = Mutex::new(Some(stop));
    let failing = store.clone();
    let reader = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |_| {
        failing.0.now.store(true, Ordering::SeqCst);
        drop(stop.lock().unwrap().take());
        async { Ok(()) }
    });
    app.register_reader(&reader).await.unwrap();
    for who in ["ada", "bob"] {
        world.owner(who).await;
    }
    app.feed(reader).run(async { drop(stopped.await) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_ends_has_failed() {
    let world = World::new();
    let tries = Arc::new(Mutex::new(0));
    let counted = tries.clone();
    let reader = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |_| {
        *counted.lock().unwrap() += 1;
        std::future::pending()
    });
    let feed = registered(&world, reader).await;
    world.sign_up("ada").await.unwrap();
    feed.deliver_due().await.unwrap();
    world.clock.advance(Duration::minutes(1));
    feed.deliver_due().await.unwrap();
    assert_eq!(*tries.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_change_in_the_hands_of_a_node_that_is_gone_comes_again_when_its_claim_ends() {
    let world = World::new();
    let (reader, seen) = recorder("crm");
    let entered = Arc::new(Notify::new());
    let enters = entered.clone();
    let stuck = FeedReader::new("crm").unwrap().on(OrganizationCreated, move |_| {
        enters.notify_one();
        std::future::pending()
    });
    let gone = registered(&world, stuck).await;
    let org = world.owner("ada").await.org;
    let delivery = tokio::spawn(async move { gone.deliver_due().await });
    entered.notified().await;
    delivery.abort();
    let node = registered(&world, reader).await;
    node.deliver_due().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [], "the claim lasts");
    world.clock.advance(Duration::minutes(3));
    node.deliver_due().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [org]);
}
