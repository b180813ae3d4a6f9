//! How nodes on one PostgreSQL are invalidated after changes of authority, and how writers wait for
//! them. Several stores on one database are several nodes.

mod foreign_pools;
mod leases;
mod proxy;
mod schemas;
mod triggers;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bailiwick_app::Store;
use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::authority::cache::{Invalidation, Limits};
use bailiwick_kernel::Stopwatch;
use bailiwick_store::{Options, open};
use bailiwick_testkit::app::sql;
use bailiwick_users::{User, UserChanges, UserStatus};
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;

use crate::fixture::Fixture;

/// Timeout of a test that waits.
const LONG: Duration = Duration::from_secs(20);

static NUMBER: AtomicU32 = AtomicU32::new(0);

struct Watch(Instant);

impl Stopwatch for Watch {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

fn stopwatch() -> Arc<dyn Stopwatch> {
    Arc::new(Watch(Instant::now()))
}

/// A node with a cache that its store invalidates.
struct Node {
    store: Arc<dyn Store>,
    cache: Arc<AuthorityCache>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Node {
    /// Starts a node and waits until it holds a lease and receives acknowledgements. The first query on
    /// the connection for acknowledgements asks how full the notification queue is.
    async fn start(url: &str) -> Self {
        Self::start_in(url, &Options::default()).await
    }

    async fn start_in(url: &str, options: &Options) -> Self {
        let name = format!("node{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mark = if url.contains('?') { '&' } else { '?' };
        let named = format!("{url}{mark}application_name={name}");
        let node = Self::start_with_options(&named, options, stopwatch()).await;
        let hears = format!(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'idle'
                 AND query = 'SELECT pg_notification_queue_usage()'"
        );
        until(async || !sql::rows(url, &hears).await.is_empty()).await;
        node.leased().await;
        node
    }

    async fn start_with(url: &str, stopwatch: Arc<dyn Stopwatch>) -> Self {
        Self::start_with_options(url, &Options::default(), stopwatch).await
    }

    async fn start_with_options(url: &str, options: &Options, stopwatch: Arc<dyn Stopwatch>) -> Self {
        Self::of(open(url, options).await.unwrap().store(), stopwatch)
    }

    fn of(store: Arc<dyn Store>, stopwatch: Arc<dyn Stopwatch>) -> Self {
        let cache = Arc::new(AuthorityCache::new(stopwatch, Limits::default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let (kept, told) = (Arc::clone(&store), Arc::clone(&cache));
        let running = tokio::spawn(async move {
            let stop = Box::pin(async { drop(stopped.await) });
            kept.run_invalidation(told, stop).await;
        });
        Self { store, cache, stop: Some(stop), running }
    }

    async fn leased(&self) {
        until(async || self.cache.holds_lease()).await;
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap();
    }

    /// Sets the status of an account and returns the duration of the commit.
    async fn set_active(&self, user: &User, active: bool) -> Duration {
        let mut user = user.clone();
        user.status = if active { UserStatus::Active } else { UserStatus::Inactive };
        let started = Instant::now();
        let mut tx = self.store.begin().await.unwrap();
        tx.users().update(user.id, &UserChanges::status_of(&user)).await.unwrap();
        tx.commit().await.unwrap();
        started.elapsed()
    }
}

/// Polls until the condition is true, because no event announces it.
async fn until(fact: impl AsyncFn() -> bool) {
    let waiting = async {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.unwrap();
}

/// The rows of the table of leases.
async fn leases(url: &str) -> Vec<String> {
    sql::rows(url, "SELECT id FROM authority_leases ORDER BY id").await
}

/// Takes all changes received so far.
fn changes(watcher: &mut broadcast::Receiver<Arc<Invalidation>>) -> Vec<Invalidation> {
    std::iter::from_fn(|| watcher.try_recv().ok()).map(|change| Invalidation::clone(&change)).collect()
}

/// Creates a database with one account; `None` without a PostgreSQL server.
async fn with_account() -> Option<(Fixture, User)> {
    let f = Fixture::postgres().await?;
    let ada = f.user("ada").await;
    Some((f, ada))
}
