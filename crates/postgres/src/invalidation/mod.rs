//! Invalidates the authority caches of all nodes, and lets writers wait for them: leases, as of Gray
//! and Cheriton (1989).
//!
//! Triggers notify of every change. A node's cache answers only while its [`lease`] lasts, which is
//! renewed over the connection that listens. A writer is answered when each node with a lease
//! acknowledged the change (through its [`ack_sender`]), or its lease is over ([`barrier`]).

mod ack_sender;
mod backoff;
mod barrier;
mod change_listener;
mod lease;
mod listen_connection;
mod names;
mod notification;
mod registry;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_app::{Effect, Stop};
use bailiwick_kernel::StoreError;
use bailiwick_sql::SchemaName;
use bailiwick_sql::error::store_error;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::SimpleAsyncConnection;
use tokio::sync::mpsc;

use super::backend::{self, Conn};
use super::connect::Target;
use super::sql::pool::{Pool, PooledConnection};
use super::sql::run::RunQueryDsl;
use ack_sender::{AckSender, BACKLOG};
use barrier::WaitOutcome;
use change_listener::ChangeListener;
use lease::LeaseHolder;
use names::Names;
use registry::Registry;

diesel::define_sql_function! {
    fn current_setting(name: Text, missing_ok: Bool) -> Nullable<Text>;
}

/// Invalidates the caches of all nodes, and waits for them.
pub(crate) struct Invalidator {
    pool: Pool,
    /// The server that is listened to; `None` if no cache may answer.
    target: Option<Arc<Target>>,
    schema: Option<SchemaName>,
    registry: Arc<Registry>,
    /// The names of the schema, once a statement has read them.
    names: Arc<OnceLock<Names>>,
    /// The cache whose metrics are written, while one is followed.
    cache: Mutex<Option<Arc<AuthorityCache>>>,
}

impl Invalidator {
    pub(crate) fn new(pool: Pool, target: Option<Arc<Target>>, schema: Option<SchemaName>) -> Self {
        Self {
            pool,
            target,
            schema,
            registry: Arc::default(),
            names: Arc::default(),
            cache: Mutex::default(),
        }
    }

    /// Always succeeds, because an unreachable server is detected by the next request.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "SQLite compares files")]
    pub(crate) fn available(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Always succeeds.
    #[expect(clippy::unused_async, reason = "SQLite compares files")]
    pub(crate) async fn examine(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Statement that begins a writing transaction and names the channel of its acknowledgements.
    pub(crate) fn begin(&self) -> Cow<'static, str> {
        let begin = backend::BEGIN_WRITE;
        // The names are known as soon as a channel is open.
        match (self.registry.reply_to(), self.names.get()) {
            (Some(channel), Some(names)) => {
                Cow::Owned(format!("{begin}; SET LOCAL {} = '{channel}'", names.reply_to()))
            }
            _ => Cow::Borrowed(begin),
        }
    }

    /// Does nothing, because the server keeps its own log.
    #[expect(clippy::unused_async, reason = "SQLite marks the state of its file")]
    pub(crate) async fn mark(&self, _conn: &mut Conn) -> QueryResult<()> {
        Ok(())
    }

    /// Does nothing, because each statement of upkeep is a transaction.
    #[expect(clippy::unused_async, reason = "SQLite marks the state of its file")]
    pub(crate) async fn begin_upkeep(&self, _conn: &mut Conn) -> QueryResult<()> {
        Ok(())
    }

    /// Does nothing.
    #[expect(clippy::unused_async, reason = "SQLite marks the state of its file")]
    pub(crate) async fn commit_upkeep(&self, _conn: &mut Conn) -> QueryResult<()> {
        Ok(())
    }

    /// Commits the open transaction and returns the connection to its pool. Returns when no node's
    /// cache can answer by the state before.
    pub(crate) async fn commit(&self, mut pooled: PooledConnection) -> Result<Effect, StoreError> {
        let conn = pooled.conn()?;
        let expected = self.change(conn).await?.map(|change| self.registry.expect(change));
        let early = match &expected {
            Some(_) if flaws::has(Flaw::LeasesReadBeforeCommit) => barrier::leases_too_early(conn).await,
            _ => None,
        };
        conn.batch_execute("COMMIT").await.map_err(store_error)?;
        let Some(expected) = expected else {
            pooled.give_back().await;
            return Ok(Effect::None);
        };
        let committed = Instant::now();
        let leases = if early.is_some() { early } else { barrier::leases(conn).await };
        if leases.is_some() {
            pooled.give_back().await;
        } else {
            drop(pooled);
        }
        let outcome = barrier::wait(&self.pool, expected, committed, leases).await;
        self.record_wait(outcome, committed);
        Ok(Effect::Authority)
    }

    /// As [`bailiwick_app::Store::await_invalidation`]: notifies of an empty change, which is
    /// received after all that are committed.
    pub(crate) async fn await_invalidation(&self) -> Result<(), StoreError> {
        let mut pooled = PooledConnection::from(&self.pool).await?;
        let fence = format!("{}; SELECT authority_fence()", self.begin());
        pooled.conn()?.batch_execute(&fence).await.map_err(store_error)?;
        self.commit(pooled).await.map(|_| ())
    }

    /// As [`bailiwick_app::Store::run_invalidation`].
    pub(crate) async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&cache));
        let Some(target) = &self.target else {
            tracing::info!("there is no URL to listen by: every check asks the database");
            return stop.await;
        };
        let (outgoing, acknowledgements) = mpsc::channel(BACKLOG);
        let listener = ChangeListener::new(Arc::clone(&cache), Arc::clone(&self.registry), outgoing);
        let holder = LeaseHolder {
            target: Arc::clone(target),
            pool: self.pool.clone(),
            names: Arc::clone(&self.names),
            cache,
            listener,
            taken: Mutex::default(),
        };
        let sender = AckSender {
            target: Arc::clone(target),
            registry: Arc::clone(&self.registry),
            names: Arc::clone(&self.names),
        };
        // The futures that are still running are dropped, which ends the lease of the cache.
        tokio::select! {
            () = stop => {}
            () = async { holder.run().await } => {}
            () = async { sender.run(acknowledgements).await } => {}
        }
        holder.release().await;
    }

    fn record_wait(&self, outcome: WaitOutcome, since: Instant) {
        if let Some(cache) = &*self.cache.lock().unwrap_or_else(PoisonError::into_inner) {
            let metrics = cache.metrics();
            let histogram = match outcome {
                WaitOutcome::Acknowledged => &metrics.acknowledged,
                WaitOutcome::TimedOut => &metrics.outwaited,
            };
            histogram.record(since.elapsed());
        }
    }

    /// The last change of which the triggers notify in the open transaction. If a statement failed in it
    /// this fails too, where PostgreSQL answers COMMIT with success and rolls back.
    async fn change(&self, conn: &mut Conn) -> Result<Option<String>, StoreError> {
        let setting = match self.names.get() {
            Some(names) => names.change(),
            None => self.read_names(conn).await?.change(),
        };
        let asked = diesel::select(current_setting(setting, true));
        let change: Option<String> = asked.get_result(conn).await.map_err(store_error)?;
        Ok(change.filter(|change| !change.is_empty()))
    }

    /// Reads the names by the first connection that needs them.
    async fn read_names(&self, conn: &mut Conn) -> Result<&Names, StoreError> {
        let query = sql_query(Names::query(self.schema.as_ref()));
        let found: FoundNames = query.get_result(conn).await.map_err(store_error)?;
        let names = Names::parse(&found.names)?;
        Ok(self.names.get_or_init(|| names))
    }
}

#[derive(QueryableByName)]
struct FoundNames {
    #[diesel(sql_type = Text)]
    names: String,
}
