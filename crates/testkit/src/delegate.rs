//! A store that answers through another one, for tests that change one answer.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::ports::{AuthorityQuery, AuthorityView, RetentionCutoffs, Stop, Store, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_users::Activity;

/// The methods of [`Store`], each answered by [`Self::inner`] unless the test overrides it.
/// [`Delegating`] makes a [`Store`] of it.
#[allow(missing_docs)] // each method is documented at its namesake
#[async_trait]
pub trait Delegate: Send + Sync {
    /// The store that answers what is not overridden.
    fn inner(&self) -> &dyn Store;

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.inner().begin().await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.inner().begin_read().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.inner().load_view(query).await
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        self.inner().record_activity(seen).await
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        self.inner().apply_retention(cutoffs).await
    }

    async fn fold_names(&self) -> Result<u64, StoreError> {
        self.inner().fold_names().await
    }

    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        self.inner().run_invalidation(cache, stop).await;
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.inner().await_invalidation().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner().ping().await
    }
}

/// The store that a [`Delegate`] describes.
#[derive(Debug, Default)]
pub struct Delegating<D>(pub D);

impl<D> Deref for Delegating<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}

#[async_trait]
impl<D: Delegate> Store for Delegating<D> {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.0.begin().await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.0.begin_read().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.0.load_view(query).await
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        self.0.record_activity(seen).await
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        self.0.apply_retention(cutoffs).await
    }

    async fn fold_names(&self) -> Result<u64, StoreError> {
        self.0.fold_names().await
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
