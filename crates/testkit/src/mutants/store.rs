//! The store of a mutant.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::AuthorityCache;
use bailiwick_app::ports::{AuthorityQuery, AuthorityView, RetentionCutoffs, Stop, Store, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_users::Activity;

use super::call::Shared;
use super::mutant::{Ending, Method, Mutant};
use super::port::{Port, port};
use super::tx::{self, MutantTx};

const BEGIN: &str = "Store::begin";
const BEGIN_READ: &str = "Store::begin_read";
const RUN_INVALIDATION: &str = "Store::run_invalidation";

/// A store that breaks one method of another one.
pub(super) struct MutantStore {
    inner: Arc<dyn Store>,
    shared: Arc<Shared>,
}

impl MutantStore {
    pub(super) fn new(inner: Arc<dyn Store>, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the transaction of a mutant may have ended")]
    fn inner(&self) -> Result<&dyn Store, StoreError> {
        Ok(&*self.inner)
    }

    #[allow(clippy::unused_self, clippy::unused_async, reason = "a transaction does something here")]
    async fn renew(&self, _: Ending) -> Result<(), StoreError> {
        Ok(())
    }

    /// Adds nothing, because no method of a store runs in a transaction.
    fn complete(_: &mut Method) {}

    async fn transaction(&self, may_write: bool) -> Result<Box<dyn Tx>, StoreError> {
        let (inner, shared) = (Arc::clone(&self.inner), Arc::clone(&self.shared));
        Ok(Box::new(MutantTx::begin(inner, may_write, shared).await?))
    }
}

port! {
    Store for MutantStore by inner of &Self, StoreError {
        reads load_view(query: &AuthorityQuery) -> Option<AuthorityView>;
        writes record_activity(seen: &[Activity]) -> ();
        writes apply_retention(cutoffs: &RetentionCutoffs) -> u64;
        writes fold_names() -> u64;
        writes await_invalidation() -> ();
        reads ping() -> ();
    } also {
        async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
            self.transaction(!self.shared.is_special(BEGIN, "only reads")).await
        }

        async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
            self.transaction(self.shared.is_special(BEGIN_READ, "may write")).await
        }

        async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
            if self.shared.is_special(RUN_INVALIDATION, "returns at once") {
                return;
            }
            if self.shared.is_special(RUN_INVALIDATION, "grants a lease and invalidates nothing") {
                cache.lease_until(Duration::MAX);
                return stop.await;
            }
            if self.shared.is_special(RUN_INVALIDATION, "keeps the lease at the end") {
                self.inner.run_invalidation(Arc::clone(&cache), stop).await;
                return cache.lease_until(Duration::MAX);
            }
            self.inner.run_invalidation(cache, stop).await;
        }
    }
}

/// Returns every mutant of every port.
pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = <dyn Store as Port>::mutants();
    mutants.extend(Method::new(BEGIN).special("only reads").into_mutants());
    mutants.extend(Method::new(BEGIN_READ).special("may write").into_mutants());
    let invalidation = Method::new(RUN_INVALIDATION).special("returns at once");
    let invalidation = invalidation.special("grants a lease and invalidates nothing");
    mutants.extend(invalidation.special("keeps the lease at the end").into_mutants());
    mutants.extend(tx::mutants());
    mutants
}
