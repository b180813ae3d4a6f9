//! The transaction of a mutant.

use std::any::Any;
use std::sync::Arc;

use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, AuthorityQuery, AuthorityView, DirectoryRepo, Effect, FeedRepo, InviteRepo,
    OrgRepo, OutboxRepo, PlatformRepo, RoleRepo, SecretRepo, SessionRepo, Store, TicketRepo, Tx, UserRepo,
};
use bailiwick_kernel::StoreError;
use tokio::runtime::Handle;

use super::call::Shared;
use super::mutant::{Ending, Method, Mutant};
use super::port::{Port, port};

const COMMIT: &str = "Tx::commit";
const ROLLBACK: &str = "Tx::rollback";
const DROP: &str = "Tx::drop";

/// A transaction that breaks one method.
pub(super) struct MutantTx {
    /// `None` after the end, and after a renewal that failed.
    inner: Option<Box<dyn Tx>>,
    store: Arc<dyn Store>,
    may_write: bool,
    pub(super) shared: Arc<Shared>,
}

impl MutantTx {
    pub(super) async fn begin(
        store: Arc<dyn Store>,
        may_write: bool,
        shared: Arc<Shared>,
    ) -> Result<Self, StoreError> {
        let inner = if may_write { store.begin().await? } else { store.begin_read().await? };
        Ok(Self { inner: Some(inner), store, may_write, shared })
    }

    fn inner(&mut self) -> Result<&mut (dyn Tx + 'static), StoreError> {
        self.inner.as_deref_mut().ok_or_else(ended)
    }

    fn take(&mut self) -> Result<Box<dyn Tx>, StoreError> {
        self.inner.take().ok_or_else(ended)
    }

    /// Ends the inner transaction and begins another one.
    pub(super) async fn renew(&mut self, ending: Ending) -> Result<(), StoreError> {
        let inner = self.take()?;
        match ending {
            Ending::Commit => _ = inner.commit().await?,
            Ending::Rollback => inner.rollback().await?,
        }
        self.inner =
            Some(if self.may_write { self.store.begin().await? } else { self.store.begin_read().await? });
        Ok(())
    }

    /// Adds the mutants that every method of a transaction has.
    pub(super) fn complete(method: &mut Method) {
        method.within_transaction();
    }
}

fn ended() -> StoreError {
    StoreError::Refused("the transaction has ended".to_owned())
}

/// Implements [`Tx`] and lists the mutants of every repository that it hands out.
macro_rules! transaction_of {
    ($($repo:ident: $port:ident;)+) => {
        port! {
            Tx for MutantTx by inner of &mut Self, StoreError {
                reads lock_view(query: &AuthorityQuery) -> Option<AuthorityView>;
            } also {
                $(
                    fn $repo(&mut self) -> &mut dyn $port {
                        self
                    }
                )+

                fn as_any(&mut self) -> &mut dyn Any {
                    match &mut self.inner {
                        Some(inner) => inner.as_any(),
                        None => &mut self.may_write,
                    }
                }

                async fn commit(mut self: Box<Self>) -> Result<Effect, StoreError> {
                    let inner = self.take()?;
                    if self.shared.is_special(COMMIT, "rolls back") {
                        return inner.rollback().await.map(|()| Effect::None);
                    }
                    let effect = inner.commit().await?;
                    if effect == Effect::Authority && self.shared.is_special(COMMIT, "says nothing changed") {
                        return Ok(Effect::None);
                    }
                    if effect == Effect::None && self.shared.is_special(COMMIT, "says authority changed") {
                        return Ok(Effect::Authority);
                    }
                    Ok(effect)
                }

                async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
                    let inner = self.take()?;
                    if self.shared.is_special(ROLLBACK, "commits") && self.may_write {
                        return inner.commit().await.map(|_| ());
                    }
                    inner.rollback().await
                }
            }
        }

        /// The repositories of the inner transaction.
        impl MutantTx {
            $(
                pub(super) fn $repo(&mut self) -> Result<&mut dyn $port, StoreError> {
                    Ok(self.inner()?.$repo())
                }
            )+
        }

        /// Returns the mutants of transactions and of every repository.
        pub(super) fn mutants() -> Vec<Mutant> {
            let mut mutants = <dyn Tx as Port>::mutants();
            $(mutants.extend(<dyn $port as Port>::mutants());)+
            let commit = Method::new(COMMIT).special("rolls back");
            let commit = commit.special("says nothing changed").special("says authority changed");
            mutants.extend(commit.into_mutants());
            mutants.extend(Method::new(ROLLBACK).special("commits").into_mutants());
            mutants.extend(Method::new(DROP).special("commits").into_mutants());
            mutants
        }
    };
}

transaction_of! {
    users: UserRepo;
    sessions: SessionRepo;
    secrets: SecretRepo;
    attempts: AttemptRepo;
    orgs: OrgRepo;
    roles: RoleRepo;
    invites: InviteRepo;
    directory: DirectoryRepo;
    platform: PlatformRepo;
    outbox: OutboxRepo;
    tickets: TicketRepo;
    audit: AuditRepo;
    feed: FeedRepo;
}

impl Drop for MutantTx {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else { return };
        if self.shared.is_special(DROP, "commits")
            && self.may_write
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(inner.commit());
        }
    }
}
