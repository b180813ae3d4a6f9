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
//! conformance suite of `testkit` against them.
//!
//! A transaction gives access to the repositories. Its writes are invisible to other transactions until
//! [`Tx::commit`], which consumes it. A transaction that is dropped without commit or rollback MUST
//! leave nothing behind, and MUST NOT return its connection to a pool while it is open.

mod view;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::{Email, MailId, OrgId, Page, PageRequest, RoleId, StoreError, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, Organization};
use bailiwick_roles::Level;
use bailiwick_users::{Activity, User, UserStatus};

use crate::audit::{AuditFilter, Entry};
use crate::authority::AuthorityCache;
use crate::invitations::InvitationRecord;
use crate::mail::OutgoingMail;

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

    /// As [`Store::load_view`], within this transaction, with locks: no other transaction MUST be able
    /// to change the account, session or membership before this one ends. A read-only transaction locks
    /// nothing.
    async fn lock_view(&mut self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError>;

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

/// Reference to a role, for lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleRef {
    /// The role's id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
}

/// A member with account, membership and role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRecord {
    /// The account.
    pub user: User,
    /// The membership.
    pub membership: Membership,
    /// The role; `None` if it was deleted.
    pub role: Option<RoleRef>,
}

/// An organization with an account's role in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgWithRole {
    /// The organization.
    pub org: Organization,
    /// The account's role.
    pub role: RoleRef,
}

/// Filter for members.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberFilter {
    /// Part of the e-mail address, of a name or of the full name, ignoring case, accents and outer
    /// spaces ([`bailiwick_kernel::folded`]). `%` and `_` are literal.
    pub search: Option<String>,
    /// Only members with one of these statuses; if absent, all but removed ones.
    pub statuses: Option<Vec<MembershipStatus>>,
    /// Only members whose account has one of these statuses.
    pub accounts: Option<Vec<UserStatus>>,
    /// Only members with one of these roles. No member has a role of another organization.
    pub roles: Option<Vec<RoleId>>,
}

/// Organizations that [`DirectoryRepo::list_organizations`] lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrgScope {
    /// Those that are not archived.
    Existing,
    /// Archived ones.
    Archived,
}

/// Filter for invitations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InvitationFilter {
    /// Only invitations of this organization.
    pub org: Option<OrgId>,
    /// Only invitations to this address.
    pub email: Option<Email>,
    /// Only invitations that have this status now.
    pub status: Option<InvitationStatus>,
}

/// Lists that join several tables. An archived organization has no members and no invitations, and is
/// not listed except by [`OrgScope::Archived`].
#[async_trait]
pub trait DirectoryRepo: Send {
    /// Finds one member of any status with account and role; `None` if there never was a membership.
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError>;

    /// Lists every membership of an account, of any status, in ascending order of the organization's
    /// id.
    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError>;

    /// Lists members in ascending order of the account's id, without accounts whose invitation had
    /// expired at `now`.
    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError>;

    /// Lists the organizations in which `user` is an active member, in ascending order of id; all of
    /// them if `page` is `None`.
    async fn list_organizations(
        &mut self,
        user: UserId,
        scope: OrgScope,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError>;

    /// Lists the invitations that match the filter, with their status at `now`, in ascending order of
    /// id; all of them if `page` is `None`.
    async fn list_invitations(
        &mut self,
        filter: &InvitationFilter,
        now: Timestamp,
        page: Option<PageRequest>,
    ) -> Result<Page<InvitationRecord>, StoreError>;
}

/// Mail to be sent.
#[async_trait]
pub trait OutboxRepo: Send {
    /// Adds a mail that is due immediately.
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError>;

    /// Makes mail due whose due time is beyond `claim.latest_due`. Then claims up to `claim.limit` mails
    /// that are due at `claim.now`, oldest first, and hides them from other callers until
    /// `claim.hidden_until`. MUST NOT give one mail to two callers at once.
    async fn claim(&mut self, claim: &MailClaim) -> Result<Vec<OutgoingMail>, StoreError>;

    /// Records the outcome of an attempt to deliver a mail. A mail that was sent stays sent.
    async fn record_delivery(&mut self, mail: &OutgoingMail, outcome: &Delivery) -> Result<(), StoreError>;

    /// Makes an unsent mail due at `now`, including one that failed for good; its number of attempts
    /// stays. `false` if it was sent or is unknown. A mail claimed by [`Self::claim`] may then be
    /// claimed again and be sent twice.
    async fn make_due(&mut self, id: MailId, now: Timestamp) -> Result<bool, StoreError>;
}

/// Which mail [`OutboxRepo::claim`] claims, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MailClaim {
    /// The time of the claim.
    pub now: Timestamp,
    /// Time until which claimed mail is hidden from other callers.
    pub hidden_until: Timestamp,
    /// Largest number of mails.
    pub limit: usize,
    /// Latest due times that a correct clock can have set.
    pub latest_due: LatestDue,
}

/// Latest plausible due times of mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LatestDue {
    /// Number of failures up to which `after_few` applies.
    pub few_failures: u32,
    /// Latest due time of mail that failed at most so many times.
    pub after_few: Timestamp,
    /// Latest due time of other mail.
    pub after_many: Timestamp,
}

/// Outcome of an attempt to deliver a mail, for [`OutboxRepo::record_delivery`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// The mail was sent at this time. Its content is erased, so that only unsent mail holds a token.
    Sent(Timestamp),
    /// The attempt failed.
    Failed {
        /// The error, for the operator.
        error: String,
        /// Time of the next attempt; `None` if there is none, and the mail stays visible to the
        /// operator.
        retry_at: Option<Timestamp>,
    },
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
