//! How a node acquires, renews and loses its lease.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_testkit::ManualStopwatch;
use bailiwick_testkit::app::sql;
use tokio_postgres::NoTls;

use super::proxy::{Manner, Proxy};
use super::{LONG, Node, changes, leases, until, with_account};

const LEASE: Duration = Duration::from_secs(3);

/// Waits until the node has counted the loss of its lease, which clears the cache.
async fn lost(node: &Node, before: u64) {
    until(async || node.cache.metrics().losses.get() > before).await;
}

/// Locks the table of leases, so that no renewal completes.
async fn hold_table(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; LOCK TABLE authority_leases").await.unwrap();
    client
}

/// Waits until another connection waits for the lock of that table.
async fn waits(url: &str, statement: &str) {
    let waiting = format!(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE '%{statement}%authority_leases%' AND pid <> pg_backend_pid()"
    );
    until(async || !sql::rows(url, &waiting).await.is_empty()).await;
}

#[tokio::test]
async fn a_lease_is_renewed_and_goes_with_its_node() {
    let Some((f, _)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let first = leases(&f.url).await;
    let seq = "SELECT seq FROM authority_leases WHERE seq >= 2";
    until(async || !sql::rows(&f.url, seq).await.is_empty()).await;
    assert!(node.cache.holds_lease());
    assert_eq!(leases(&f.url).await, first);
    assert!(node.cache.metrics().renewals.counts().sum::<u64>() >= 3);
    let cache = Arc::clone(&node.cache);
    node.stop().await;
    assert!(!cache.holds_lease());
    assert_eq!(leases(&f.url).await, [""; 0], "nobody need wait for it");
}

#[tokio::test]
async fn a_node_that_is_dropped_is_silent() {
    let Some((f, _)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    node.running.abort();
    until(async || !node.cache.holds_lease()).await;
    assert_eq!(node.cache.metrics().losses.get(), 1);
}

#[tokio::test]
async fn direct_sql_is_heard() {
    let Some((f, ada)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let mut watcher = node.cache.watch();
    f.operator("UPDATE users SET status = 'inactive'").await;
    let change = tokio::time::timeout(LONG, watcher.recv()).await.unwrap().unwrap();
    assert_eq!(*change, Invalidation::Keys(vec![CacheKey::User(ada.id)]));
    f.operator("NOTIFY authority, 'rubbish'").await;
    let change = tokio::time::timeout(LONG, watcher.recv()).await.unwrap().unwrap();
    assert_eq!(*change, Invalidation::Everything);
}

#[tokio::test]
async fn a_lost_connection_is_a_lost_lease() {
    let Some((f, ada)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let first = leases(&f.url).await;
    let mut watcher = node.cache.watch();
    f.operator("SELECT pg_terminate_backend(pid) FROM authority_leases").await;
    lost(&node, 0).await;
    assert_eq!(changes(&mut watcher).first(), Some(&Invalidation::Everything), "silent, and empty");
    node.leased().await;
    let second = leases(&f.url).await;
    assert!(second.len() == 1 && second != first, "{first:?} {second:?}");
    assert!(node.set_active(&ada, false).await < LEASE);
}

#[tokio::test]
async fn a_renewal_that_finds_no_row_is_a_loss() {
    let Some((f, _)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let first = leases(&f.url).await;
    for (losses, gone) in [
        "DELETE FROM authority_leases",
        // As if another connection sent the renewal.
        "UPDATE authority_leases SET pid = 0",
    ]
    .into_iter()
    .enumerate()
    {
        f.operator(gone).await;
        lost(&node, losses as u64).await;
        node.leased().await;
        assert_ne!(leases(&f.url).await, first);
    }
}

#[tokio::test]
async fn a_connection_that_does_not_listen_renews_nothing() {
    let Some((f, _)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let (client, connection) = tokio_postgres::connect(&f.url, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let row = client.query_one("SELECT id::text FROM authority_leases", &[]).await.unwrap();
    let renewal = sql::rows(
        &f.url,
        "SELECT query FROM pg_stat_activity WHERE pid = (SELECT pid FROM authority_leases)",
    );
    until(async || {
        let query = "SELECT 1 FROM pg_stat_activity, authority_leases AS l WHERE l.pid = pg_stat_activity.pid
            AND query LIKE 'UPDATE%'";
        !sql::rows(&f.url, query).await.is_empty()
    })
    .await;
    let renewal = renewal.await.concat();
    assert!(renewal.contains(&row.get::<_, String>(0)), "{renewal}");
    assert_eq!(client.execute(&renewal, &[]).await.unwrap(), 0);
    // The right process id is not enough either.
    let own = renewal.replace("pg_backend_pid()", "pid");
    assert_eq!(client.execute(&own, &[]).await.unwrap(), 0, "{own}");
    client.batch_execute("LISTEN authority").await.unwrap();
    assert_eq!(client.execute(&own, &[]).await.unwrap(), 1);
    assert!(node.cache.holds_lease());
    drop(client);
    driver.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_renewal_that_takes_too_long_is_a_loss() {
    let Some((f, _)) = with_account().await else { return };
    let node = Node::start(&f.url).await;
    let holder = hold_table(&f.url).await;
    until(async || !node.cache.holds_lease()).await;
    lost(&node, 0).await;
    drop(holder);
    node.leased().await;
}

#[tokio::test]
async fn a_lease_counts_from_before_its_renewal_was_sent() {
    let Some((f, _)) = with_account().await else { return };
    let watch = Arc::new(ManualStopwatch::default());
    let node = Node::start_with(&f.url, watch.clone()).await;
    node.leased().await;
    let holder = hold_table(&f.url).await;
    waits(&f.url, "UPDATE").await;
    // Its lock is granted after the renewal that waits and before the next one.
    let next = tokio::spawn({
        let url = f.url.clone();
        async move { hold_table(&url).await }
    });
    waits(&f.url, "LOCK").await;
    watch.pass(Duration::from_secs(2));
    let renewed = node.cache.metrics().renewals.counts().sum::<u64>() + 1;
    holder.batch_execute("COMMIT").await.unwrap();
    let holder = next.await.unwrap();
    until(async || node.cache.metrics().renewals.counts().sum::<u64>() == renewed).await;
    assert!(node.cache.holds_lease());
    waits(&f.url, "UPDATE").await;
    watch.pass(Duration::from_secs(1));
    assert!(!node.cache.holds_lease(), "it was sent at zero");
    // A machine that was suspended for the length of a lease has lost it, whatever the response says.
    watch.pass(Duration::from_secs(2));
    assert_eq!(node.cache.metrics().losses.get(), 0);
    holder.batch_execute("COMMIT").await.unwrap();
    lost(&node, 0).await;
    node.leased().await;
}

#[tokio::test]
async fn without_its_database_a_node_is_silent() {
    let Some((f, _)) = with_account().await else { return };
    let mut proxy = Proxy::to(&f.url, Manner::Honest).await;
    let node = Node::start(&proxy.url).await;
    proxy.cut().await;
    lost(&node, 0).await;
    assert!(!node.cache.holds_lease());
    assert!(node.store.await_invalidation().await.is_err());
}

#[tokio::test]
async fn behind_a_pooler_of_transactions_there_is_no_lease() {
    let Some((f, ada)) = with_account().await else { return };
    let proxy = Proxy::to(&f.url, Manner::Pooling).await;
    let node = Node::start_with(&proxy.url, super::stopwatch()).await;
    tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
    assert!(!node.cache.holds_lease());
    assert_eq!(leases(&f.url).await, [""; 0]);
    assert!(node.set_active(&ada, false).await < Duration::from_secs(1), "nobody is waited for");
}
