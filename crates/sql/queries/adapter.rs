//! The store, and how its transactions begin.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::ports::{AuthorityQuery, AuthorityView, RetentionCutoffs, Stop, Store, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_sql::OpenError;
use bailiwick_sql::error::store_error;
use bailiwick_users::Activity;
use diesel_async::SimpleAsyncConnection;
use futures_util::FutureExt;
use tokio::sync::oneshot;

use super::backend;
use super::invalidation::Invalidator;
use super::maintenance::{folding, retention};
use super::pool::{Pool, PooledConnection, probe};
use super::repos::view;
use super::transaction::Transaction;
use super::{activity, migrations};

/// Interval of reading which release may serve the schema.
const SCHEMA_EVERY: Duration = Duration::from_secs(1);

/// The store: its connections, and the invalidation of caches.
pub(crate) struct Adapter {
    pub(crate) writers: Pool,
    pub(crate) readers: Pool,
    pub(crate) invalidator: Arc<Invalidator>,
    /// The reason that this release must not serve the schema any more.
    retired: OnceLock<String>,
}

impl Adapter {
    /// Creates a store on these pools.
    pub(crate) fn new(writers: Pool, readers: Pool, invalidator: Arc<Invalidator>) -> Self {
        Self { writers, readers, invalidator, retired: OnceLock::new() }
    }

    async fn open(
        &self,
        pool: &Pool,
        begin: &str,
        invalidator: Option<Arc<Invalidator>>,
    ) -> Result<Box<dyn Tx>, StoreError> {
        let mut pooled = self.pooled(pool).await?;
        match pooled.conn()?.batch_execute(begin).await {
            Ok(()) => Ok(Box::new(Transaction::new(pooled, invalidator))),
            Err(error) => Err(self.explained(store_error(error)).await),
        }
    }

    /// Returns the cause of a failed statement, which is the replacement of the database file if
    /// that happened.
    async fn explained(&self, error: StoreError) -> StoreError {
        match self.invalidator.examine().await {
            Err(stopped @ StoreError::Stopped(_)) => stopped,
            _ => error,
        }
    }

    async fn pooled(&self, pool: &Pool) -> Result<PooledConnection, StoreError> {
        self.invalidator.available()?;
        match self.retired.get() {
            None => PooledConnection::from(pool).await,
            Some(reason) => Err(StoreError::Stopped(reason.clone())),
        }
    }

    /// Completes when a later release has migrated the schema so that this one must not serve it.
    async fn watch_schema(&self) {
        loop {
            tokio::time::sleep(SCHEMA_EVERY).await;
            // Another failure says nothing about the schema.
            if let Err(error @ (OpenError::LaterSchema { .. } | OpenError::BadSchemaSupport(_))) =
                self.pending_migrations().await
            {
                let reason = error.to_string();
                tracing::error!(
                    "{reason}. It was migrated while it was served; all requests are refused with 503 from now on"
                );
                let _ = self.retired.set(reason);
                return;
            }
        }
    }

    pub(crate) async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        let mut pooled = self.pooled(&self.readers).await.map_err(unavailable)?;
        let pending = migrations::pending(pooled.conn().map_err(unavailable)?).await?;
        pooled.give_back().await;
        Ok(pending)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unavailable(error: StoreError) -> OpenError {
    OpenError::Unavailable(error.to_string())
}

#[async_trait]
impl Store for Adapter {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.open(&self.writers, &self.invalidator.begin(), Some(Arc::clone(&self.invalidator))).await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.open(&self.readers, backend::BEGIN_READ, None).await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        let mut pooled = self.pooled(&self.readers).await?;
        match view::load(pooled.conn()?, query).await {
            Ok(view) => {
                pooled.give_back().await;
                Ok(view)
            }
            Err(error) => Err(self.explained(error).await),
        }
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        let mut pooled = self.pooled(&self.writers).await?;
        let activity = activity::as_json(seen);
        let conn = pooled.conn()?;
        self.invalidator.begin_upkeep(conn).await.map_err(store_error)?;
        backend::record_activity(conn, &activity).await.map_err(store_error)?;
        self.invalidator.commit_upkeep(conn).await.map_err(store_error)?;
        pooled.give_back().await;
        Ok(())
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        let mut pooled = self.pooled(&self.writers).await?;
        let conn = pooled.conn()?;
        self.invalidator.begin_upkeep(conn).await.map_err(store_error)?;
        let deleted = retention::batch(conn, cutoffs).await.map_err(store_error)?;
        self.invalidator.commit_upkeep(conn).await.map_err(store_error)?;
        pooled.give_back().await;
        Ok(deleted)
    }

    async fn fold_names(&self) -> Result<u64, StoreError> {
        let mut pooled = PooledConnection::from(&self.writers).await?;
        let names = folding::batch(pooled.conn()?, &self.invalidator).await.map_err(store_error)?;
        pooled.give_back().await;
        Ok(names)
    }

    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        let (end, ended) = oneshot::channel::<()>();
        let invalidation =
            self.invalidator.run_invalidation(Arc::clone(&cache), async move { _ = ended.await }.boxed());
        let (mut invalidation, mut stop) = (std::pin::pin!(invalidation), stop);
        tokio::select! {
            () = &mut invalidation => return,
            () = &mut stop => {}
            () = self.watch_schema() => {
                cache.lose_lease();
                drop(end);
                invalidation.await;
                return stop.await;
            }
        }
        drop(end);
        invalidation.await;
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.invalidator.await_invalidation().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.invalidator.examine().await?;
        let mut pooled = self.pooled(&self.readers).await?;
        probe(pooled.conn()?).await.map_err(store_error)?;
        pooled.give_back().await;
        Ok(())
    }
}
