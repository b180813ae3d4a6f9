//! All ports: what the use cases need of the world, as traits. Ports of one noun are declared with it
//! and re-exported here.
//!
//! | port | what it stores or does | declared in | implemented by |
//! |---|---|---|---|
//! | [`Store`] | transactions, reads outside of them, invalidation of caches | here | `store`, `testkit` |
//! | [`Tx`] | a transaction: hands out the repositories, locks authority, commits | here | `store`, `testkit` |
//! | [`UserRepo`] | accounts | `users` | `store`, `testkit` |
//! | [`SessionRepo`] | sessions and their refresh tokens | `users` | `store`, `testkit` |
//! | [`SecretRepo`] | one-time secrets of accounts, the links that were mailed, the setup secret | `users` | `store`, `testkit` |
//! | [`AttemptRepo`] | failed attempts to log in | `users` | `store`, `testkit` |
//! | [`OrgRepo`] | organizations and memberships | `orgs` | `store`, `testkit` |
//! | [`RoleRepo`] | roles and the catalogue of permissions | `roles` | `store`, `testkit` |
//! | [`InviteRepo`] | invitations | `invites` | `store`, `testkit` |
//! | [`DirectoryRepo`] | lists that join several tables | here | `store`, `testkit` |
//! | [`PlatformRepo`] | lists across all organizations | `app::platform` | `store`, `testkit` |
//! | [`OutboxRepo`] | mail to be sent | here | `store`, `testkit` |
//! | [`TicketRepo`] | tickets that open sockets | `app::sockets` | `store`, `testkit` |
//! | [`AuditRepo`] | the audit trail | here | `store`, `testkit` |
//! | [`FeedRepo`] | the audit trail in the order of the commits, and the places of its readers | `app::feed` | `store`, `testkit` |
//! | [`Mailer`] | delivers mail | `app::mail` | `infra`, `testkit` |
//! | [`Throttle`] | counts towards rate limits | `app::throttle` | `infra`, `testkit` |
//! | [`EventBus`] | distributes events to the nodes | `app::sockets` | `infra`, `testkit` |
//! | [`AccessTokens`] | signs and verifies access tokens | `app::tokens` | `infra` |
//! | [`PasswordHasher`] | hashes and verifies passwords | `users` | `infra`, `testkit` |
//! | [`Clock`] | the system time | `kernel` | `infra`, `testkit` |
//! | [`Stopwatch`] | time since a fixed point, monotonic | `kernel` | `infra`, `testkit` |
//! | [`IdSource`] | identifiers and secrets | `kernel` | `infra`, `testkit` |
//!
//! A team that brings its own storage implements [`Store`], [`Tx`] and the repositories, and runs the
//! conformance suite of `testkit` against them. There is a suite for each of [`Mailer`], [`Throttle`],
//! [`EventBus`], [`AccessTokens`] and [`PasswordHasher`] too.
//!
//! A transaction gives access to the repositories. Its writes are invisible to other transactions until
//! [`Tx::commit`], which consumes it. A transaction that is dropped without commit or rollback MUST
//! leave nothing behind, and MUST NOT return its connection to a pool while it is open.

mod directory;
mod outbox;
mod view;

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, Page, PageRequest, StoreError, Timestamp};
use bailiwick_users::Activity;

use crate::audit::{AuditFilter, Entry};
use crate::authority::AuthorityCache;

pub use crate::feed::FeedRepo;
pub use crate::mail::Mailer;
pub use crate::platform::PlatformRepo;
pub use crate::sockets::{EventBus, TicketRepo};
pub use crate::throttle::Throttle;
pub use crate::tokens::AccessTokens;
pub use bailiwick_invites::InviteRepo;
pub use bailiwick_kernel::{Clock, IdSource, Lock, Stopwatch};
pub use bailiwick_orgs::OrgRepo;
pub use bailiwick_roles::RoleRepo;
pub use bailiwick_users::{AttemptRepo, PasswordHasher, SecretRepo, SessionRepo, UserRepo};
pub use directory::{
    DirectoryRepo, InvitationFilter, InvitationRecord, MemberFilter, MemberRecord, OrgScope, OrgWithRole,
    RoleRef,
};
pub use outbox::{Delivery, LatestDue, MailClaim, OutboxRepo};
pub use view::{AuthorityQuery, AuthorityView, MembershipView, RoleView, SessionView};

/// A future that completes when a background task is to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A database: transactions, reads outside of them, and invalidation of caches.
#[async_trait]
pub trait Store: Send + Sync {
    /// Starts a transaction that may write.
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError>;

    /// Starts a read-only transaction, which sees one snapshot of the data throughout.
    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError>;

    /// Loads the view for `query` by one statement outside any transaction. `None` if the account does
    /// not exist. Within the view, a session of another account and a membership that does not exist
    /// are `None`.
    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError>;

    /// Records when accounts and sessions were last used, by one statement outside any transaction.
    /// Never moves a time back. May skip rows that are deleted or locked, and waits for no row lock; a
    /// store with a single writer may wait for its turn.
    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError>;

    /// Deletes a batch of expired rows in short transactions of its own. Returns the number of rows, 0
    /// if none is left.
    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError>;

    /// Folds the names of a batch of accounts and organizations that were stored without folded names,
    /// for the search (see [`bailiwick_kernel::folded`]), in a short transaction of its own. Returns
    /// the number of rows, 0 if none is left. A store that folds while it searches has nothing to do.
    async fn fold_names(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Invalidates `cache` on every change of authority, by any writer, and grants it leases until
    /// `stop` completes. A store that cannot follow changes grants no lease and returns immediately.
    /// Run it once, beside the application.
    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop);

    /// Waits until no node's cache can answer from a state older than the commits made so far.
    async fn await_invalidation(&self) -> Result<(), StoreError>;

    /// Checks that the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Cutoffs for [`Store::apply_retention`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetentionCutoffs {
    /// Sessions that ended or expired before this time are deleted with their refresh tokens. Used
    /// tokens stay while their session is valid, because a reused token indicates theft.
    pub sessions_before: Timestamp,
    /// One-time secrets and tickets that expired at or before this time are deleted.
    pub secrets_at: Timestamp,
    /// Mail sent before this time is deleted.
    pub mail_before: Timestamp,
}

/// A transaction.
#[async_trait]
pub trait Tx: Send {
    /// Returns the repository of accounts.
    fn users(&mut self) -> &mut dyn UserRepo;
    /// Returns the repository of sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepo;
    /// Returns the repository of one-time secrets.
    fn secrets(&mut self) -> &mut dyn SecretRepo;
    /// Returns the repository of login attempts.
    fn attempts(&mut self) -> &mut dyn AttemptRepo;
    /// Returns the repository of organizations and memberships.
    fn orgs(&mut self) -> &mut dyn OrgRepo;
    /// Returns the repository of roles and the catalogue.
    fn roles(&mut self) -> &mut dyn RoleRepo;
    /// Returns the repository of invitations.
    fn invites(&mut self) -> &mut dyn InviteRepo;
    /// Returns the repository of lists that join several tables.
    fn directory(&mut self) -> &mut dyn DirectoryRepo;
    /// Returns the repository of lists for platform administrators.
    fn platform(&mut self) -> &mut dyn PlatformRepo;
    /// Returns the outbox, whose mail is sent after the commit.
    fn outbox(&mut self) -> &mut dyn OutboxRepo;
    /// Returns the repository of socket tickets.
    fn tickets(&mut self) -> &mut dyn TicketRepo;
    /// Returns the audit trail.
    fn audit(&mut self) -> &mut dyn AuditRepo;
    /// Returns the feed of changes.
    fn feed(&mut self) -> &mut dyn FeedRepo;

    /// As [`Store::load_view`], within this transaction, with locks: no other transaction MUST be able
    /// to change the account, session or membership before this one ends. A read-only transaction locks
    /// nothing.
    async fn lock_view(&mut self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError>;

    /// Returns the transaction as its own type, by which an adapter can lend its connection to an
    /// embedding program.
    fn as_any(&mut self) -> &mut dyn Any;

    /// Commits durably. If authority was altered, returns only when no node's cache can answer from the
    /// older authority, as in [`Store::await_invalidation`].
    async fn commit(self: Box<Self>) -> Result<Effect, StoreError>;

    /// Rolls all changes back.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// The effect of a transaction on existing authority.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// No existing authority changed.
    None,
    /// Authority may have been altered or ended; every cache was invalidated.
    Authority,
}

/// The audit trail. Its rows are added and read, never changed; they stay after the object that they
/// describe is deleted.
#[async_trait]
pub trait AuditRepo: Send {
    /// Adds entries.
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError>;

    /// Lists the entries that match the filter, in descending order of id. With `None` for `org`, lists
    /// entries of all organizations and entries without one.
    async fn list(
        &mut self,
        org: Option<OrgId>,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<Entry>, StoreError>;
}
