//! Invalidates the authority caches of this process.
//!
//! Each change of authority adds rows to a log, by trigger ([`change_log`]). This process keeps its
//! position in the log and applies what it reads to its caches: at each commit of its own, before
//! the connection returns to its pool, and four times a second if another connection has written. A
//! cache may answer for one second after such a check. No row is taken from the log, so any number
//! of processes can follow one file.

use std::borrow::Cow;
use std::fs::File;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::authority::cache::Invalidation;
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_app::{Effect, Stop};
use bailiwick_kernel::StoreError;
use bailiwick_sql::error::{damage_reports, store_error};
use diesel::sql_types::BigInt;
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::SimpleAsyncConnection;

use super::backend::{self, Conn};
use super::change_log::{self, Position};
use super::connect::Access;
use super::sql::pool::{Pool, PooledConnection};
use super::sql::run::RunQueryDsl;
use super::watch::FileWatch;

const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Length of a lease, from the moment before the log was read.
const LEASE: Duration = Duration::from_secs(1);

/// The caches of this process, and the position up to which the log was applied to them.
pub(crate) struct Invalidator {
    wait: Duration,
    writers: Pool,
    file: Arc<FileWatch>,
    caches: Mutex<Vec<Arc<AuthorityCache>>>,
    /// Everything in the log up to here was applied to every cache in `caches`. Locked from the
    /// reading of the log until its changes are applied, so that each is applied once.
    position: tokio::sync::Mutex<Option<Position>>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Invalidator {
    pub(crate) fn new(wait: Duration, writers: Pool, file: Arc<FileWatch>) -> Self {
        Self { wait, writers, file, caches: Mutex::default(), position: tokio::sync::Mutex::default() }
    }

    /// Watches the lock file of this process's claim, too.
    pub(crate) fn watch_claim(&self, claim: &File) -> io::Result<()> {
        self.file.watch_claim(claim)
    }

    /// Fails if the file was found to be another than the one that was opened.
    pub(crate) fn available(&self) -> Result<(), StoreError> {
        self.file.available()
    }

    /// Compares the file with the one that was opened. If it is another, no cache may answer.
    pub(crate) async fn examine(&self) -> Result<(), StoreError> {
        let file = Arc::clone(&self.file);
        let examined = tokio::task::spawn_blocking(move || file.examine()).await;
        let examined = examined.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        if self.available().is_err() {
            self.caches().iter().for_each(|cache| cache.lose_lease());
        }
        examined
    }

    /// Reads the whole file after a statement found it damaged.
    async fn find_damage(&self) {
        let (file, wait) = (Arc::clone(&self.file), self.wait);
        if let Err(error) = tokio::task::spawn_blocking(move || file.find_damage(wait)).await {
            tracing::warn!(%error, "the database file cannot be checked");
        }
    }

    /// Statement that begins a writing transaction.
    #[expect(clippy::unused_self, reason = "PostgreSQL says where to reply")]
    pub(crate) fn begin(&self) -> Cow<'static, str> {
        Cow::Borrowed(backend::BEGIN_WRITE)
    }

    /// Marks the state of the file that the open transaction makes. Required before each commit.
    pub(crate) async fn mark(&self, conn: &mut Conn) -> QueryResult<()> {
        self.file.mark(conn).await
    }

    /// Begins a transaction of upkeep, which changes no authority.
    pub(crate) async fn begin_upkeep(&self, conn: &mut Conn) -> QueryResult<()> {
        conn.batch_execute(backend::BEGIN_WRITE).await
    }

    /// Commits it.
    pub(crate) async fn commit_upkeep(&self, conn: &mut Conn) -> QueryResult<()> {
        self.mark(conn).await?;
        conn.batch_execute(backend::COMMIT).await
    }

    /// Commits the open transaction, and applies its changes and those that other processes
    /// committed before it, before the connection returns to its pool. A commit that fails or is
    /// dropped does not move the position, so its changes are read again.
    pub(crate) async fn commit(&self, mut pooled: PooledConnection) -> Result<Effect, StoreError> {
        // A commit may write the log into the file.
        self.examine().await?;
        let mut position = self.position.lock().await;
        let conn = pooled.conn()?;
        let unread = change_log::read(conn, *position).await.map_err(store_error)?;
        if flaws::has(Flaw::ChangesTakenAway) {
            change_log::take_away(conn).await.map_err(store_error)?;
        }
        self.mark(conn).await.map_err(store_error)?;
        let committed = conn.batch_execute(backend::COMMIT).await.map_err(store_error);
        self.apply(&unread.invalidation);
        committed?;
        *position = Some(unread.end);
        drop(position);
        pooled.give_back().await;
        // A commit into a deleted file is not acknowledged.
        self.examine().await?;
        Ok(if unread.invalidation.is_empty() { Effect::None } else { Effect::Authority })
    }

    /// As [`bailiwick_app::Store::await_invalidation`]: applies everything committed before. The
    /// commits of this process have applied their changes, except those whose caller disconnected.
    pub(crate) async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.available()?;
        let mut pooled = PooledConnection::from(&self.writers).await?;
        self.catch_up(pooled.conn()?).await?;
        pooled.give_back().await;
        Ok(())
    }

    /// As [`bailiwick_app::Store::run_invalidation`].
    pub(crate) async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        self.caches().push(Arc::clone(&cache));
        tokio::select! {
            () = stop => {}
            () = self.poll(&cache) => {}
            () = self.watch_file() => {}
        }
        cache.lose_lease();
        self.caches().retain(|other| !Arc::ptr_eq(other, &cache));
    }

    /// Examines the file without end, even while the database itself does not respond.
    async fn watch_file(&self) {
        let mut known = damage_reports();
        loop {
            let reports = damage_reports();
            // First, because a replaced file explains the damage.
            let examined = self.examine().await;
            if reports != known && self.available().is_ok() {
                known = reports;
                self.find_damage().await;
            }
            if self.available().is_err() {
                return pending().await;
            }
            if let Err(error) = examined {
                tracing::warn!(%error, "the database file cannot be examined");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Polls for changes of other processes. While that fails, the cache has no lease.
    async fn poll(&self, cache: &AuthorityCache) {
        loop {
            if let Err(error) = self.poll_until_failure(cache).await {
                if self.available().is_err() {
                    cache.lose_lease();
                    return pending().await;
                }
                tracing::warn!(%error, "authority is not cached: the database cannot be watched");
                cache.lose_lease();
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// `data_version` differs when another connection, including one of this process, has written
    /// since it was last read on the same connection.
    ///
    /// INVARIANT: the cache is among `caches` before it is flushed, and is flushed before it has a
    /// lease. What is loaded later is newer than the position was at the flush.
    async fn poll_until_failure(&self, cache: &AuthorityCache) -> Result<(), StoreError> {
        let connected = Arc::clone(&self.file).connect(Access::Read, self.wait).await;
        let mut conn = connected.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        cache.flush();
        let mut known = None;
        loop {
            let before = cache.elapsed();
            let version = data_version(&mut conn).await.map_err(store_error)?;
            if known != Some(version) {
                self.catch_up(&mut conn).await?;
            }
            known = Some(version);
            cache.lease_until(before + LEASE);
            // After the lease, because a fault found in between ended only the former lease.
            self.available()?;
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Applies everything in the log that was not applied yet.
    async fn catch_up(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let mut position = self.position.lock().await;
        let unread = change_log::read(conn, *position).await.map_err(store_error)?;
        self.apply(&unread.invalidation);
        *position = Some(unread.end);
        Ok(())
    }

    fn apply(&self, invalidation: &Invalidation) {
        for cache in self.caches().iter() {
            cache.apply(invalidation);
        }
    }

    fn caches(&self) -> MutexGuard<'_, Vec<Arc<AuthorityCache>>> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn data_version(conn: &mut Conn) -> QueryResult<i64> {
    let version: Version = sql_query("PRAGMA data_version").get_result(conn).await?;
    Ok(version.data_version)
}
