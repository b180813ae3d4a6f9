//! A store in memory.
//!
//! One transaction may write at a time. It works on a copy of the data, which replaces the original
//! at the commit and is dropped at a rollback. Every other transaction reads the original, so none
//! sees a partial change. The repositories of [`MemoryTx`], one file per port, therefore contain
//! what each port demands and nothing about concurrency.
//!
//! [`MemoryStore::with_flaw`] breaks one requirement on purpose, to test that the conformance suite
//! notices.

mod attempts;
mod audit;
mod directory;
mod feed;
mod flaw;
mod invalidation;
mod invites;
mod orgs;
mod outbox;
mod platform;
mod retention;
mod roles;
mod secrets;
mod sessions;
mod state;
mod tickets;
mod tx;
mod users;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::{AuthorityQuery, AuthorityView, RetentionCutoffs, Stop, Store, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_users::Activity;

pub use flaw::Flaw;
use invalidation::Caches;
use state::State;
pub use tx::MemoryTx;

/// A store in memory. Clones share the data, which is dropped with the last of them.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Locked by the transaction that may write.
    writer: Arc<tokio::sync::Mutex<()>>,
    committed: Mutex<State>,
    flaw: Option<Flaw>,
    caches: Caches,
}

impl MemoryStore {
    /// Creates an empty store without a flaw.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty store with this flaw.
    pub fn with_flaw(flaw: Flaw) -> Self {
        Self(Arc::new(Shared { flaw: Some(flaw), ..Shared::default() }))
    }
}

impl Shared {
    fn committed(&self) -> MutexGuard<'_, State> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        Ok(Box::new(MemoryTx::writer(self.0.clone()).await))
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        Ok(Box::new(MemoryTx::reader(self.0.clone())))
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        Ok(view::of(&self.0.committed(), query))
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        let _guard = self.0.writer.lock().await;
        let mut state = self.0.committed();
        for seen in seen {
            if let Some(session) = state.sessions.get_mut(&seen.session_id) {
                session.last_seen_at = session.last_seen_at.max(seen.at);
            }
            if let Some(user) = state.users.get_mut(&seen.user_id) {
                user.last_active = user.last_active.max(Some(seen.at));
            }
        }
        Ok(())
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        let _guard = self.0.writer.lock().await;
        Ok(retention::sweep(&mut self.0.committed(), cutoffs))
    }

    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        self.0.caches.add(&cache);
        stop.await;
        self.0.caches.remove(&cache);
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
