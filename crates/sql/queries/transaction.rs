//! A transaction.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, AuthorityQuery, AuthorityView, DirectoryRepo, Effect, FeedRepo, InviteRepo,
    OrgRepo, OutboxRepo, PlatformRepo, RoleRepo, SecretRepo, SessionRepo, TicketRepo, Tx, UserRepo,
};
use bailiwick_kernel::StoreError;
use bailiwick_sql::error::store_error;
use bailiwick_sql::types::optional;
use diesel_async::SimpleAsyncConnection;

use super::backend::{self, Conn};
use super::invalidation::Invalidator;
use super::lending;
use super::pool::PooledConnection;
use super::repos::view;

/// A transaction, and every repository within it. The `impl`s are beside the queries. Dropping it
/// drops its [`PooledConnection`].
///
/// `BEGIN` and `COMMIT` are sent here and not by diesel's transaction manager, because its
/// protection (a flag that the pool reads) keeps a connection with an open transaction and its
/// locks until the connection is next used.
pub(crate) struct Transaction {
    pooled: PooledConnection,
    /// Absent in a transaction that only reads.
    invalidator: Option<Arc<Invalidator>>,
    /// Whether an embedding program has used the connection.
    is_lent: bool,
}

impl Transaction {
    /// Creates the transaction that was begun on this connection.
    pub(super) fn new(pooled: PooledConnection, invalidator: Option<Arc<Invalidator>>) -> Self {
        Self { pooled, invalidator, is_lent: false }
    }

    pub(super) fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        self.pooled.conn()
    }

    /// Lends the connection to an embedding program.
    pub(crate) async fn lend(&mut self) -> Result<&mut Conn, StoreError> {
        let conn = self.pooled.conn()?;
        if !self.is_lent {
            lending::begin(conn).await?;
            self.is_lent = true;
        }
        Ok(conn)
    }

    /// Requires that an embedding program has ended its inner transactions.
    async fn take_back(&mut self) -> Result<(), StoreError> {
        if self.is_lent { lending::end(self.pooled.conn()?).await } else { Ok(()) }
    }

    async fn end(mut self, statement: &str) -> Result<(), StoreError> {
        self.pooled.conn()?.batch_execute(statement).await.map_err(store_error)?;
        // After a rollback, because a failed statement leaves a transaction that only takes this.
        self.take_back().await?;
        self.pooled.give_back().await;
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
        // A transaction that only reads commits nothing on this authority.
        let locks = self.invalidator.is_some();
        let conn = self.conn()?;
        if locks {
            let (user, session, org) = (query.user.into(), optional(query.session), optional(query.org));
            backend::lock_view(conn, user, session, org).await.map_err(store_error)?;
        }
        view::load(conn, query).await
    }

    async fn commit(mut self: Box<Self>) -> Result<Effect, StoreError> {
        match self.invalidator.take() {
            Some(invalidator) => {
                self.take_back().await?;
                invalidator.commit(self.pooled).await
            }
            None => self.end(backend::COMMIT).await.map(|()| Effect::None),
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }
}
