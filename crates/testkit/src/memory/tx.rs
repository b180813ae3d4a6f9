//! The transaction of the store in memory.

use std::any::Any;
use std::mem;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::authority::cache::Invalidation;
use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, AuthorityQuery, AuthorityView, DirectoryRepo, Effect, FeedRepo, InviteRepo,
    OrgRepo, OutboxRepo, PlatformRepo, RoleRepo, SecretRepo, SessionRepo, TicketRepo, Tx, UserRepo,
};
use bailiwick_kernel::StoreError;
use tokio::sync::OwnedMutexGuard;

use super::state::State;
use super::{Flaw, Shared, invalidation, view};

/// Number of times a flawed transaction yields to others.
const YIELDS: usize = 3;

/// A transaction on a [`MemoryStore`](super::MemoryStore).
pub struct MemoryTx {
    store: Arc<Shared>,
    may_write: bool,
    /// The lock of the writer, kept until the end of the transaction unless a flaw releases it.
    guard: Option<OwnedMutexGuard<()>>,
    work: State,
    has_written: bool,
    is_finished: bool,
}

impl MemoryTx {
    pub(super) async fn writer(store: Arc<Shared>) -> Self {
        let guard = store.writer.clone().lock_owned().await;
        let mut tx = Self::reader(store);
        tx.guard = Some(guard);
        tx.may_write = true;
        tx
    }

    pub(super) fn reader(store: Arc<Shared>) -> Self {
        let work = store.committed().clone();
        Self { store, may_write: false, guard: None, work, has_written: false, is_finished: false }
    }

    /// The data that this transaction reads.
    pub(super) fn seen(&self) -> &State {
        &self.work
    }

    /// The data that this transaction writes. Fails with [`StoreError::Refused`] if it only reads.
    pub(super) async fn changed(&mut self) -> Result<&mut State, StoreError> {
        if !self.may_write {
            return Err(StoreError::Refused("the transaction only reads".to_owned()));
        }
        if self.guard.is_none() {
            self.guard = Some(self.store.writer.clone().lock_owned().await);
            self.work = self.store.committed().clone();
        }
        self.has_written = true;
        Ok(&mut self.work)
    }

    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.store.has(flaw)
    }

    /// Lets other transactions commit between a read and a write, as a flaw does. The first write then
    /// starts from the newest data, but this transaction acts on what it read before.
    pub(super) async fn let_others_in(&mut self) {
        if !self.has_written {
            self.guard = None;
        }
        for _ in 0..YIELDS {
            tokio::task::yield_now().await;
        }
    }

    /// Commits the work. Caches are invalidated while the committed state is locked, so a reader that sees the
    /// change finds no older cache.
    fn publish(&mut self) -> Invalidation {
        if !self.has_written {
            return Invalidation::Keys(Vec::new());
        }
        let mut committed = self.store.committed();
        let invalidation = invalidation::between(&committed, &self.work);
        *committed = mem::take(&mut self.work);
        if !self.store.has(Flaw::MissingInvalidation) {
            self.store.caches.apply(&invalidation);
        }
        invalidation
    }
}

#[async_trait]
impl Tx for MemoryTx {
    fn users(&mut self) -> &mut dyn UserRepo {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepo {
        self
    }

    fn secrets(&mut self) -> &mut dyn SecretRepo {
        self
    }

    fn attempts(&mut self) -> &mut dyn AttemptRepo {
        self
    }

    fn orgs(&mut self) -> &mut dyn OrgRepo {
        self
    }

    fn roles(&mut self) -> &mut dyn RoleRepo {
        self
    }

    fn invites(&mut self) -> &mut dyn InviteRepo {
        self
    }

    fn directory(&mut self) -> &mut dyn DirectoryRepo {
        self
    }

    fn platform(&mut self) -> &mut dyn PlatformRepo {
        self
    }

    fn outbox(&mut self) -> &mut dyn OutboxRepo {
        self
    }

    fn tickets(&mut self) -> &mut dyn TicketRepo {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditRepo {
        self
    }

    fn feed(&mut self) -> &mut dyn FeedRepo {
        self
    }

    async fn lock_view(&mut self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        Ok(view::of(self.seen(), query))
    }

    async fn commit(mut self: Box<Self>) -> Result<Effect, StoreError> {
        self.is_finished = true;
        let invalidation = self.publish();
        Ok(if invalidation.is_empty() { Effect::None } else { Effect::Authority })
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        self.is_finished = true;
        if self.has(Flaw::LostRollback) {
            self.publish();
        }
        Ok(())
    }
}

impl Drop for MemoryTx {
    fn drop(&mut self) {
        if !self.is_finished && self.has(Flaw::DirtyDrop) {
            self.publish();
        }
    }
}
