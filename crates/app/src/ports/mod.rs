//! What the use cases need from a store.
//!
//! A transaction hands out the repositories; nothing is visible to others
//! before [`Tx::commit`], which consumes it. A transaction that is dropped
//! without either MUST leave nothing behind and MUST NOT return its connection
//! to a pool while it is open.

mod view;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_invites::InviteRepo;
use bailiwick_kernel::{Email, MailId, OrgId, Page, PageRequest, RoleId, StoreError, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgRepo, Organization};
use bailiwick_roles::{Level, RoleRepo};
use bailiwick_users::{Activity, AttemptRepo, SecretRepo, SessionRepo, User, UserRepo};

use crate::audit::{AuditFilter, Entry};
use crate::authority::AuthorityCache;
use crate::invitations::InvitationRecord;
use crate::mail::OutgoingMail;
use crate::platform::PlatformRepo;
use crate::sockets::TicketRepo;

pub use view::{AuthorityQuery, AuthorityView, MembershipView, RoleView, SessionView};

/// Ready when something that runs beside the requests is to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A database.
#[async_trait]
pub trait Store: Send + Sync {
    /// Starts a transaction that may write.
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError>;

    /// Starts a transaction that only reads, and sees one state of the data
    /// from its first read to its last.
    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError>;

    /// What is known about `subject`, by one statement outside any transaction.
    /// `None` if the account does not exist. A session of somebody else, and a
    /// membership that does not exist, are `None` within.
    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError>;

    /// Notes when accounts and sessions were last used, by one statement outside any
    /// transaction. Never back in time; what is gone, or held by somebody at this
    /// moment, may be left out. Waits for no row; at most, where writers take turns,
    /// for its turn.
    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError>;

    /// Deletes a batch of what nobody can use any more, in short transactions of its
    /// own, and says how many rows: none when nothing is left.
    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError>;

    /// Folds the names of a batch of accounts and organizations that were stored without, for the
    /// search (see [`bailiwick_kernel::folded`]), in a short transaction of its own. Returns how
    /// many: 0 when none is left. A store that folds while it searches has nothing to do.
    async fn fold_names(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Invalidates `cache` at every change of authority, by whichever writer, and grants it leases,
    /// until `stop` is ready. A store that cannot follow changes never grants a lease, and returns
    /// at once. To be run once, beside the application.
    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop);

    /// Waits until no node's cache can answer from a state older than the commits made so far.
    async fn await_invalidation(&self) -> Result<(), StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// What [`Store::sweep`] deletes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetentionCutoffs {
    /// Sessions that ended or ran out before this moment, with their refresh tokens.
    /// While a session lives its used tokens stay: one shown again is a theft.
    pub sessions_before: Timestamp,
    /// One-time secrets and tickets that were no longer good at this moment.
    pub secrets_at: Timestamp,
    /// Mail sent before this moment.
    pub mail_before: Timestamp,
}

/// A unit of work.
#[async_trait]
pub trait Tx: Send {
    /// Accounts.
    fn users(&mut self) -> &mut dyn UserRepo;
    /// Logins.
    fn sessions(&mut self) -> &mut dyn SessionRepo;
    /// One-time secrets of accounts.
    fn secrets(&mut self) -> &mut dyn SecretRepo;
    /// Failed attempts to log in.
    fn attempts(&mut self) -> &mut dyn AttemptRepo;
    /// Organizations and memberships.
    fn orgs(&mut self) -> &mut dyn OrgRepo;
    /// Roles and the catalogue.
    fn roles(&mut self) -> &mut dyn RoleRepo;
    /// Invitations.
    fn invites(&mut self) -> &mut dyn InviteRepo;
    /// Lists that join several nouns.
    fn directory(&mut self) -> &mut dyn DirectoryRepo;
    /// Lists for administrators of the platform.
    fn platform(&mut self) -> &mut dyn PlatformRepo;
    /// Mail to be sent after the commit.
    fn outbox(&mut self) -> &mut dyn OutboxRepo;
    /// Tickets that open sockets.
    fn tickets(&mut self) -> &mut dyn TicketRepo;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditRepo;

    /// As [`Store::load_view`], within this transaction, and held: nobody else
    /// MUST be able to change account, session or membership before it ends. A
    /// transaction that only reads holds nothing.
    async fn lock_view(&mut self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError>;

    /// Makes everything visible, durably, or nothing. What altered authority is answered
    /// only when no memory of any node goes by the older authority, as in [`Store::await_invalidation`].
    async fn commit(self: Box<Self>) -> Result<Effect, StoreError>;

    /// Undoes everything.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// What a transaction did to authority that existed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing.
    None,
    /// It may have changed existing authority; every cache was invalidated.
    Authority,
}

/// A role as lists show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleRef {
    /// Identity.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its precedence.
    pub level: Level,
}

/// A member with everything that lists show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRecord {
    /// The account.
    pub user: User,
    /// The membership.
    pub membership: Membership,
    /// The role, unless it is gone.
    pub role: Option<RoleRef>,
}

/// An organization together with the role that somebody has there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgWithRole {
    /// The organization.
    pub org: Organization,
    /// The role held.
    pub role: RoleRef,
}

/// Which members a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberFilter {
    /// Part of the e-mail address, of a name or of the full name, whatever
    /// case, accents and outer spaces ([`bailiwick_kernel::folded`]); `%` and `_` stand for themselves.
    pub search: Option<String>,
    /// Only this status; when absent, all but the removed.
    pub status: Option<MembershipStatus>,
    /// Only this role.
    pub role_id: Option<RoleId>,
}

/// Lists that join several nouns. An archived organization is in none of them, and
/// has no members.
#[async_trait]
pub trait DirectoryRepo: Send {
    /// One member with account and role, whatever the status; `None` if there
    /// never was a membership.
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError>;

    /// Every membership of one person, whatever the status, in ascending order of
    /// the organization's id.
    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError>;

    /// Members in ascending order of the account's id. People whose invitation
    /// had run out at `now` are in no list.
    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError>;

    /// Active members with an active account who hold one of `roles`, in
    /// ascending order of the account's id. A role of another organization is
    /// held by nobody here; without a role the list is empty.
    async fn list_active_in_roles(
        &mut self,
        org: OrgId,
        roles: &[RoleId],
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError>;

    /// The organizations in which `user` is an active member, in ascending
    /// order of id. Without a page all of them.
    async fn list_organizations(
        &mut self,
        user: UserId,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError>;

    /// The invitations to this address that are pending at `now`, in ascending order of id.
    async fn list_received_invitations(
        &mut self,
        email: &Email,
        now: Timestamp,
    ) -> Result<Vec<InvitationRecord>, StoreError>;
}

/// Mail waiting to be sent.
#[async_trait]
pub trait OutboxRepo: Send {
    /// Adds a mail, due at once.
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError>;

    /// Takes up to `limit` mails that are due at `now`, oldest first, and hides
    /// them from other callers until `hidden_until`. MUST NOT give one mail to
    /// two callers at once.
    async fn claim(
        &mut self,
        now: Timestamp,
        hidden_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutgoingMail>, StoreError>;

    /// Makes mail due at `now` that is due later than a clock that is right can have meant:
    /// after `late.any`, or after `late.young` where it failed at most `late.failures` times.
    async fn expedite(&mut self, now: Timestamp, late: &TooLate) -> Result<(), StoreError>;

    /// Notes that a mail was sent, and erases its content: only an unsent mail
    /// holds a token.
    async fn mark_sent(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError>;

    /// Notes a failed attempt. It is due again at `retry_at`; never, when that
    /// is absent: then it stays for the operator to see.
    async fn mark_failed(
        &mut self,
        mail: &OutgoingMail,
        error: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;

    /// Makes an unsent mail due at `now`, also one that was given up; its count of
    /// attempts stays. `false` when it was sent, or is unknown. A mail that a caller of
    /// [`Self::claim`] has in hand may then be given to another one, and go out twice.
    async fn make_due(&mut self, id: MailId, now: Timestamp) -> Result<bool, StoreError>;
}

/// When mail is due too late, for [`OutboxRepo::expedite`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLate {
    /// Of mail that failed at most this often ..
    pub failures: u32,
    /// .. what is due after this moment.
    pub young: Timestamp,
    /// Of other mail what is due after this moment.
    pub any: Timestamp,
}

/// The audit trail. Its rows are added and read, and never changed; they stay
/// when what they tell of is deleted.
#[async_trait]
pub trait AuditRepo: Send {
    /// Adds rows.
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError>;

    /// The rows that fit the filter, in descending order of id; of one
    /// organization, or with `None` those of all organizations and of none.
    async fn list(
        &mut self,
        org: Option<OrgId>,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<Entry>, StoreError>;
}
