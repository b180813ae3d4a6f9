//! How long a writer waits.

use std::time::{Duration, Instant};

use bailiwick_app::Effect;
use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_store::{Options, open};
use bailiwick_users::UserChanges;
use futures_util::FutureExt;

use super::{Node, changes, leases, until, with_account};
use crate::fixture::new_user;

/// The length of a lease and the margin that a writer adds.
const OVER: Duration = Duration::from_millis(3_250);

const FOREIGN: &str = "00000000-0000-4000-8000-000000000001";

fn foreign_lease() -> String {
    format!("INSERT INTO authority_leases (id, pid) VALUES ('{FOREIGN}', 0)")
}

#[tokio::test]
async fn every_node_has_applied_a_change_when_its_writer_is_answered() {
    let Some((f, ada)) = with_account().await else { return };
    let nodes = [Node::start(&f.url).await, Node::start(&f.url).await, Node::start(&f.url).await];
    let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
    for round in 0..30 {
        nodes[round % 3].set_active(&ada, round % 2 == 1).await;
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [Invalidation::Keys(vec![CacheKey::User(ada.id)])], "{round}");
        }
    }
    let counts = |figure: fn(&Node) -> u64| nodes.iter().map(figure).sum::<u64>();
    assert_eq!(counts(|node| node.cache.metrics().acknowledged.counts().sum()), 30);
    assert_eq!(counts(|node| node.cache.metrics().outwaited.counts().sum()), 0);
    assert_eq!(counts(|node| node.cache.metrics().losses.get()), 0);
    assert_eq!(counts(|node| node.cache.metrics().changes.get()), 3 * 31, "and one flush each");
}

#[tokio::test]
async fn a_writer_says_what_it_did() {
    let Some((f, ada)) = with_account().await else { return };
    let _node = Node::start(&f.url).await;
    let mut tx = f.store.begin().await.unwrap();
    tx.users().insert(&new_user(&f.ids, "ben")).await.unwrap();
    assert_eq!(tx.commit().await, Ok(Effect::None));
    let mut tx = f.store.begin().await.unwrap();
    tx.users().delete(ada.id).await.unwrap();
    assert_eq!(tx.commit().await, Ok(Effect::Authority));
    let tx = f.store.begin_read().await.unwrap();
    assert_eq!(tx.commit().await, Ok(Effect::None));
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_waited_for_until_its_lease_is_over() {
    let Some((f, ada)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    f.operator(&foreign_lease()).await;
    let took = node.set_active(&ada, false).await;
    assert!(took >= OVER && took < OVER + Duration::from_secs(2), "{took:?}");
    assert_eq!(node.cache.metrics().outwaited.counts().sum::<u64>(), 1);
    assert!(!leases(&f.url).await.contains(&FOREIGN.to_owned()), "nobody waits for it again");
    assert!(node.set_active(&ada, true).await < OVER);
}

#[tokio::test]
async fn a_node_that_renewed_twice_has_heard() {
    let Some((f, ada)) = with_account().await else { return };
    f.operator(&foreign_lease()).await;
    let node = Node::start(&f.url).await;
    let renewals = async {
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            f.operator("UPDATE authority_leases SET seq = seq + 1 WHERE pid = 0").await;
        }
    };
    let took = tokio::select! {
        took = node.set_active(&ada, false) => took,
        () = renewals => return,
    };
    assert!(took >= Duration::from_millis(750) && took < Duration::from_millis(2_500), "{took:?}");
    assert!(leases(&f.url).await.contains(&FOREIGN.to_owned()));
}

#[tokio::test]
async fn a_node_that_renewed_once_may_not_have_heard() {
    let Some((f, ada)) = with_account().await else { return };
    f.operator(&foreign_lease()).await;
    let node = Node::start(&f.url).await;
    let once = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        f.operator("UPDATE authority_leases SET seq = seq + 1 WHERE pid = 0").await;
    };
    let (took, ()) = tokio::join!(node.set_active(&ada, false), once);
    assert!(took >= OVER, "{took:?}");
    assert!(leases(&f.url).await.contains(&FOREIGN.to_owned()), "it was renewed not long ago");
}

#[tokio::test]
async fn a_node_that_gave_its_lease_back_is_not_waited_for() {
    let Some((f, ada)) = with_account().await else { return };
    f.operator(&foreign_lease()).await;
    let node = Node::start(&f.url).await;
    let back = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        f.operator("DELETE FROM authority_leases WHERE pid = 0").await;
    };
    let (took, ()) = tokio::join!(node.set_active(&ada, false), back);
    assert!(took < OVER, "{took:?}");
}

#[tokio::test]
async fn a_store_that_keeps_nobody_told_waits_for_those_that_do() {
    let Some((f, ada)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let mut watcher = node.cache.watch();
    let mut tx = f.store.begin().await.unwrap();
    tx.users().delete(ada.id).await.unwrap();
    let started = Instant::now();
    assert_eq!(tx.commit().await, Ok(Effect::Authority));
    assert_eq!(changes(&mut watcher), [Invalidation::Keys(vec![CacheKey::User(ada.id)])]);
    assert!(started.elapsed() < OVER, "by two renewals");
}

#[tokio::test]
async fn without_nodes_nobody_is_waited_for() {
    let Some((f, ada)) = with_account().await else { return };
    let mut tx = f.store.begin().await.unwrap();
    tx.users().delete(ada.id).await.unwrap();
    let started = Instant::now();
    assert_eq!(tx.commit().await, Ok(Effect::Authority));
    f.store.await_invalidation().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn leases_that_cannot_be_read_are_waited_for() {
    let Some((f, ada)) = with_account().await else { return };
    f.operator("ALTER TABLE authority_leases RENAME TO elsewhere").await;
    let mut tx = f.store.begin().await.unwrap();
    tx.users().delete(ada.id).await.unwrap();
    let started = Instant::now();
    assert_eq!(tx.commit().await, Ok(Effect::Authority), "it is committed");
    assert!(started.elapsed() >= OVER);
}

#[tokio::test]
async fn settling_waits_for_changes_of_others() {
    let Some((f, ada)) = with_account().await else { return };
    let nodes = [Node::start(&f.url).await, Node::start(&f.url).await];
    for _ in 0..10 {
        let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
        f.operator(&format!("UPDATE users SET platform_admin = NOT platform_admin WHERE id = '{}'", ada.id))
            .await;
        let started = Instant::now();
        nodes[0].store.await_invalidation().await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(1));
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [Invalidation::Keys(vec![CacheKey::User(ada.id)])]);
        }
    }
    f.operator(&foreign_lease()).await;
    let started = Instant::now();
    nodes[0].store.await_invalidation().await.unwrap();
    assert!(started.elapsed() >= OVER, "for every node");
}

#[tokio::test]
async fn an_abandoned_wait_leaves_the_store_as_it_was() {
    let Some((f, ada)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    f.operator(&foreign_lease()).await;
    let waiting = tokio::time::timeout(Duration::from_millis(300), node.set_active(&ada, false));
    assert!(waiting.await.is_err(), "it waits for the foreign lease");
    let status = format!("SELECT status FROM users WHERE id = '{}'", ada.id);
    assert_eq!(bailiwick_testkit::app::sql::rows(&f.url, &status).await, ["inactive"], "it is committed");
    f.operator("DELETE FROM authority_leases WHERE pid = 0").await;
    assert!(node.set_active(&ada, true).now_or_never().is_none());
    assert!(node.set_active(&ada, true).await < OVER);
}

#[tokio::test]
async fn many_writers_are_answered_when_all_nodes_have_heard() {
    let Some((f, _)) = with_account().await else { return };
    let nodes = [Node::start(&f.url).await, Node::start(&f.url).await];
    let users = [f.user("u0").await, f.user("u1").await, f.user("u2").await, f.user("u3").await];
    let writer = async |number: usize| {
        for round in 0..20 {
            let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
            nodes[number % 2].set_active(&users[number], round % 2 == 1).await;
            for watcher in &mut watchers {
                let own = Invalidation::Keys(vec![CacheKey::User(users[number].id)]);
                assert!(changes(watcher).contains(&own), "{number} {round}");
            }
        }
    };
    tokio::join!(writer(0), writer(1), writer(2), writer(3));
    assert_eq!(nodes[0].cache.metrics().outwaited.counts().sum::<u64>(), 0);
}

/// Not a test: prints the duration of a change. Run with `--ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
async fn how_long_a_change_takes() {
    let Some((f, ada)) = with_account().await else { return };
    let database = open(&f.url, &Options::default()).await.unwrap();
    let mut nodes = Vec::new();
    for count in [0, 1, 3, 8] {
        while nodes.len() < count {
            nodes.push(Node::start(&f.url).await);
        }
        let mut times = Vec::new();
        for round in 0..500 {
            let store = nodes.first().map_or_else(|| database.store(), |node| node.store.clone());
            let mut tx = store.begin().await.unwrap();
            let mut user = ada.clone();
            user.platform_admin = round % 2 == 0;
            user.status = if round % 2 == 0 { bailiwick_users::UserStatus::Inactive } else { ada.status };
            tx.users().update(user.id, &UserChanges::status_of(&user)).await.unwrap();
            let watch = super::stopwatch();
            tx.commit().await.unwrap();
            times.push(watch.elapsed());
        }
        times.sort();
        println!("{count} nodes: p50 {:?}, p99 {:?}, max {:?}", times[250], times[495], times[499]);
    }
    until(async || nodes.iter().all(|node| node.cache.holds_lease())).await;
}
