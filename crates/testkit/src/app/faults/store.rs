//! Faults of the store.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, AuthorityQuery, AuthorityView, DirectoryRepo, Effect, FeedRepo, InviteRepo,
    OrgRepo, OutboxRepo, PlatformRepo, RoleRepo, SecretRepo, SessionRepo, Store, TicketRepo, Tx, UserRepo,
};
use bailiwick_kernel::StoreError;

use super::{Faults, Faulty, Point, unavailable};
use crate::delegate::Delegate;

#[async_trait]
impl Delegate for Faulty<Arc<dyn Store>> {
    fn inner(&self) -> &dyn Store {
        &*self.port
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.faults.check(Point::Begin)?;
        let inner = self.port.begin().await?;
        Ok(Box::new(FaultyTx { inner, faults: self.faults.clone() }))
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.faults.check(Point::Read)?;
        self.port.begin_read().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.faults.check(Point::Check)?;
        self.port.load_view(query).await
    }
}

/// A transaction whose commit can fail.
struct FaultyTx {
    inner: Box<dyn Tx>,
    faults: Faults,
}

#[async_trait]
impl Tx for FaultyTx {
    fn users(&mut self) -> &mut dyn UserRepo {
        self.inner.users()
    }

    fn sessions(&mut self) -> &mut dyn SessionRepo {
        self.inner.sessions()
    }

    fn secrets(&mut self) -> &mut dyn SecretRepo {
        self.inner.secrets()
    }

    fn attempts(&mut self) -> &mut dyn AttemptRepo {
        self.inner.attempts()
    }

    fn orgs(&mut self) -> &mut dyn OrgRepo {
        self.inner.orgs()
    }

    fn roles(&mut self) -> &mut dyn RoleRepo {
        self.inner.roles()
    }

    fn invites(&mut self) -> &mut dyn InviteRepo {
        self.inner.invites()
    }

    fn directory(&mut self) -> &mut dyn DirectoryRepo {
        self.inner.directory()
    }

    fn platform(&mut self) -> &mut dyn PlatformRepo {
        self.inner.platform()
    }

    fn outbox(&mut self) -> &mut dyn OutboxRepo {
        self.inner.outbox()
    }

    fn tickets(&mut self) -> &mut dyn TicketRepo {
        self.inner.tickets()
    }

    fn audit(&mut self) -> &mut dyn AuditRepo {
        self.inner.audit()
    }

    fn feed(&mut self) -> &mut dyn FeedRepo {
        self.inner.feed()
    }

    async fn lock_view(&mut self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.inner.lock_view(query).await
    }

    /// Returns the inner transaction, so that adapters recognize it.
    fn as_any(&mut self) -> &mut dyn Any {
        self.inner.as_any()
    }

    async fn commit(self: Box<Self>) -> Result<Effect, StoreError> {
        if self.faults.take_fault(Point::Commit) {
            self.inner.rollback().await?;
            return Err(unavailable(Point::Commit));
        }
        let effect = self.inner.commit().await?;
        self.faults.check(Point::LostCommit)?;
        Ok(effect)
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.rollback().await
    }
}
