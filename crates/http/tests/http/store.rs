//! A store in memory whose checks of authority wait, as those of a database do.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::{AuthorityCache, AuthorityQuery, AuthorityView, RetentionCutoffs, Stop, Store, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_testkit::MemoryStore;
use bailiwick_users::Activity;

pub struct WaitingStore(pub MemoryStore);

#[async_trait]
impl Store for WaitingStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.0.begin().await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.0.begin_read().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        tokio::task::yield_now().await;
        self.0.load_view(query).await
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        self.0.record_activity(seen).await
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        self.0.apply_retention(cutoffs).await
    }

    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        self.0.run_invalidation(cache, stop).await;
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.0.await_invalidation().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }
}
