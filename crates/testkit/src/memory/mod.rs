//! A store in memory.
//!
//! One transaction may write at a time: it works on a copy of the data, which
//! takes the place of the original at its commit and is thrown away otherwise.
//! Everybody else reads the original. So nothing is ever half done, and the
//! code of the repositories ([`MemoryTx`]'s, one file per port) says what each
//! port demands and nothing about concurrency.
//!
//! [`MemoryStore::with_flaw`] breaks one promise on purpose, so that a suite can
//! be seen to notice.

mod attempts;
mod audit;
mod directory;
mod flaw;
mod invites;
mod orgs;
mod outbox;
mod platform;
mod roles;
mod secrets;
mod sessions;
mod state;
mod sweep;
mod telling;
mod tickets;
mod tx;
mod users;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bailiwick_app::authority::Memory;
use bailiwick_app::{Leftovers, Stop, Store, Subject, SubjectView, Tx};
use bailiwick_kernel::StoreError;
use bailiwick_users::Activity;

pub use flaw::Flaw;
use state::State;
use telling::Told;
pub use tx::MemoryTx;

/// A database that lives as long as its last clone.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Held by the transaction that may write.
    writer: Arc<tokio::sync::Mutex<()>>,
    committed: Mutex<State>,
    flaw: Option<Flaw>,
    told: Told,
}

impl MemoryStore {
    /// An empty store that keeps every promise.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that breaks the promise named by `flaw`.
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

    async fn load_view(&self, subject: &Subject) -> Result<Option<SubjectView>, StoreError> {
        Ok(view::of(&self.0.committed(), subject))
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

    async fn sweep(&self, leftovers: &Leftovers) -> Result<u64, StoreError> {
        let _guard = self.0.writer.lock().await;
        Ok(sweep::sweep(&mut self.0.committed(), leftovers))
    }

    async fn keep_told(&self, memory: Arc<Memory>, stop: Stop) {
        self.0.told.add(&memory);
        stop.await;
        self.0.told.remove(&memory);
    }

    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
