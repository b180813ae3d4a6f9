//! The store and its unit of work.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::authority::Memory;
use bailiwick_app::{
    AuditRepo, DirectoryRepo, Effect, Leftovers, OutboxRepo, PlatformRepo, Stop, Store, Subject, SubjectView,
    TicketRepo, Tx,
};
use bailiwick_invites::InviteRepo;
use bailiwick_kernel::StoreError;
use bailiwick_orgs::OrgRepo;
use bailiwick_roles::RoleRepo;
use bailiwick_users::{Activity, AttemptRepo, SecretRepo, SessionRepo, UserRepo};
use diesel_async::SimpleAsyncConnection;

use super::backend::{self, Conn};
use super::loan::{Loan, Pool, ask};
use super::telling::Telling;
use super::{activity, folding, history, sweep, view};
use crate::OpenError;
use crate::error::store_error;
use crate::types::optional;

/// The store: where connections come from, and who is told what was done on them.
pub(in super::super) struct Adapter {
    pub(in super::super) writers: Pool,
    pub(in super::super) readers: Pool,
    pub(in super::super) telling: Arc<Telling>,
}

impl Adapter {
    async fn open(
        &self,
        pool: &Pool,
        begin: &str,
        telling: Option<Arc<Telling>>,
    ) -> Result<Box<dyn Tx>, StoreError> {
        let mut loan = self.loan(pool).await?;
        loan.conn()?.batch_execute(begin).await.map_err(store_error)?;
        Ok(Box::new(Transaction { loan, telling }))
    }

    async fn loan(&self, pool: &Pool) -> Result<Loan, StoreError> {
        self.telling.available()?;
        Loan::from(pool).await
    }

    pub(in super::super) async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        let mut loan = self.loan(&self.readers).await.map_err(unavailable)?;
        let pending = history::pending(loan.conn().map_err(unavailable)?).await?;
        loan.give_back();
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
        self.open(&self.writers, &self.telling.begin(), Some(Arc::clone(&self.telling))).await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.open(&self.readers, backend::BEGIN_READ, None).await
    }

    async fn load_view(&self, subject: &Subject) -> Result<Option<SubjectView>, StoreError> {
        let mut loan = self.loan(&self.readers).await?;
        let view = view::load(loan.conn()?, subject).await?;
        loan.give_back();
        Ok(view)
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        let mut loan = self.loan(&self.writers).await?;
        let note = activity::as_json(seen);
        backend::record_activity(loan.conn()?, &note).await.map_err(store_error)?;
        loan.give_back();
        Ok(())
    }

    async fn sweep(&self, leftovers: &Leftovers) -> Result<u64, StoreError> {
        let mut loan = self.loan(&self.writers).await?;
        let deleted = sweep::batch(loan.conn()?, leftovers).await.map_err(store_error)?;
        loan.give_back();
        Ok(deleted)
    }

    async fn fold_names(&self) -> Result<u64, StoreError> {
        let mut loan = Loan::from(&self.writers).await?;
        let names = folding::batch(loan.conn()?).await.map_err(store_error)?;
        loan.give_back();
        Ok(names)
    }

    async fn keep_told(&self, memory: Arc<Memory>, stop: Stop) {
        self.telling.keep_told(memory, stop).await;
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.telling.settle().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.telling.examine().await?;
        let mut loan = self.loan(&self.readers).await?;
        ask(loan.conn()?).await.map_err(store_error)?;
        loan.give_back();
        Ok(())
    }
}

/// A transaction, and every repository within it. The `impl`s are beside the
/// queries. Dropped, it drops its [`Loan`].
///
/// `BEGIN` and `COMMIT` are sent here and not by diesel's transaction manager:
/// its safety net (a flag that the pool looks at) keeps a connection with an
/// open transaction, and its locks, until somebody wants it.
pub(super) struct Transaction {
    loan: Loan,
    /// Absent where nothing is written.
    telling: Option<Arc<Telling>>,
}

impl Transaction {
    pub(super) fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        self.loan.conn()
    }

    async fn end(mut self, statement: &str) -> Result<(), StoreError> {
        self.loan.conn()?.batch_execute(statement).await.map_err(store_error)?;
        self.loan.give_back();
        Ok(())
    }
}

#[async_trait]
impl Tx for Transaction {
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

    fn audit(&mut self) -> &mut dyn AuditRepo {
        self
    }

    async fn hold_view(&mut self, subject: &Subject) -> Result<Option<SubjectView>, StoreError> {
        // Whoever only reads commits nothing on this authority.
        let held = self.telling.is_some();
        let conn = self.conn()?;
        if held {
            let (user, session, org) =
                (subject.user.into(), optional(subject.session), optional(subject.org));
            backend::hold_subject(conn, user, session, org).await.map_err(store_error)?;
        }
        view::load(conn, subject).await
    }

    async fn commit(mut self: Box<Self>) -> Result<Effect, StoreError> {
        match self.telling.take() {
            Some(telling) => telling.commit(self.loan).await,
            None => self.end(backend::COMMIT).await.map(|()| Effect::None),
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }
}
