//! Nodes that use the pool of another program.

use std::time::Duration;

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_store::{Database, Options};
use bailiwick_testkit::app::sql;

use super::{Node, changes, stopwatch, until, with_account};
use crate::fixture::Fixture;
use crate::foreign_pool::shop;

/// Less than the wait for a node that does not acknowledge.
const ACKNOWLEDGED: Duration = Duration::from_secs(2);

async fn node_by_pool(f: &Fixture, listen_url: Option<&str>) -> Node {
    let pool = shop(&f.url, 4).await;
    let database = Database::from_postgres_pool(pool, listen_url, &Options::default()).unwrap();
    Node::of(database.store(), stopwatch())
}

#[tokio::test]
async fn with_a_url_to_listen_by_it_is_told_like_any_other() {
    let Some((f, ada)) = with_account().await else { return };
    let by_pool = node_by_pool(&f, Some(&format!("{}?application_name=by_pool", f.url))).await;
    by_pool.leased().await;
    let hears = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'by_pool' AND state = 'idle'
        AND datname = current_database() AND query = 'SELECT pg_notification_queue_usage()'";
    until(async || !sql::rows(&f.url, hears).await.is_empty()).await;
    let nodes = [by_pool, Node::start(&f.url).await];
    let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
    for round in 0..6 {
        assert!(nodes[round % 2].set_active(&ada, round % 2 == 1).await < ACKNOWLEDGED, "{round}");
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [Invalidation::Keys(vec![CacheKey::User(ada.id)])], "{round}");
        }
    }
    for node in nodes {
        node.stop().await;
    }
}

#[tokio::test]
async fn without_one_its_cache_never_answers_and_its_commits_wait() {
    let Some((f, ada)) = with_account().await else { return };
    let by_pool = node_by_pool(&f, None).await;
    let other = Node::start(&f.url).await;
    let mut watcher = other.cache.watch();
    for active in [false, true] {
        by_pool.set_active(&ada, active).await;
        let told = changes(&mut watcher);
        assert_eq!(told, [Invalidation::Keys(vec![CacheKey::User(ada.id)])], "before the writer is answered");
    }
    assert!(!by_pool.cache.holds_lease());
    by_pool.stop().await;
}

#[tokio::test]
async fn a_url_of_another_database_gives_no_lease() {
    let Some((f, _)) = with_account().await else { return };
    let Some(elsewhere) = Fixture::postgres().await else { return };
    let node = node_by_pool(&f, Some(&elsewhere.url)).await;
    // It waits for its own notification for three seconds, then tries again.
    let listening =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    until(async || !sql::rows(&elsewhere.url, listening).await.is_empty()).await;
    until(async || sql::rows(&elsewhere.url, listening).await.is_empty()).await;
    assert!(!node.cache.holds_lease());
    assert!(sql::rows(&elsewhere.url, "SELECT id FROM authority_leases").await.is_empty());
    node.stop().await;
}
