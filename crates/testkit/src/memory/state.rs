//! The data: one table per kind of row.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bailiwick_app::OutgoingMail;
use bailiwick_app::audit::Entry;
use bailiwick_app::feed::ReaderName;
use bailiwick_app::sockets::Ticket;
use bailiwick_invites::Invitation;
use bailiwick_kernel::{
    AuditId, FeedClaimId, InvitationId, MailId, OrgId, Page, PageRequest, PermissionId, RoleId, SessionId,
    Timestamp, TokenHash, TokenKind, UserId,
};
use bailiwick_orgs::{Membership, Organization};
use bailiwick_roles::{CatalogueEntry, Role};
use bailiwick_users::{Attempts, MailedLink, PageSession, Pair, RefreshGrant, Session, User};
use uuid::Uuid;

/// All tables. A clone shares each table until one of the clones writes to it.
#[derive(Clone, Default)]
pub(super) struct State {
    pub users: Table<BTreeMap<UserId, User>>,
    /// When logins of an account are not counted.
    pub attempts: Table<BTreeMap<Pair, Attempts>>,
    pub sessions: Table<BTreeMap<SessionId, Session>>,
    pub pages: Table<BTreeMap<SessionId, PageSession>>,
    pub refresh_grants: Table<Vec<StoredRefresh>>,
    pub secrets: Table<Vec<Secret>>,
    pub links: Table<Vec<MailedLink>>,
    pub tickets: Table<Vec<(TokenHash, Ticket)>>,
    pub setup: Table<Option<(TokenHash, Timestamp)>>,
    pub orgs: Table<BTreeMap<OrgId, Organization>>,
    pub archived: Table<BTreeSet<OrgId>>,
    pub memberships: Table<BTreeMap<(OrgId, UserId), Membership>>,
    pub roles: Table<BTreeMap<RoleId, Role>>,
    pub catalogue: Table<BTreeMap<PermissionId, CatalogueEntry>>,
    pub invitations: Table<BTreeMap<InvitationId, StoredInvitation>>,
    pub outbox: Table<BTreeMap<MailId, StoredMail>>,
    pub audit: Table<BTreeMap<AuditId, Entry>>,
    /// The rows of `audit` in the order of their commits; the first has position 1.
    pub feed: Table<Vec<AuditId>>,
    pub cursors: Table<BTreeMap<ReaderName, Cursor>>,
}

/// The place of a reader in the feed.
#[derive(Clone)]
pub(super) struct Cursor {
    pub position: u64,
    pub failures: u32,
    pub claimed_until: Timestamp,
    pub claim: Option<FeedClaimId>,
}

/// A stored refresh token.
#[derive(Clone)]
pub(super) struct StoredRefresh {
    pub grant: RefreshGrant,
    pub used_at: Option<Timestamp>,
    pub successor: Option<TokenHash>,
}

impl StoredRefresh {
    pub fn unused(grant: &RefreshGrant) -> Self {
        Self { grant: grant.clone(), used_at: None, successor: None }
    }
}

/// A stored one-time secret.
#[derive(Clone)]
pub(super) struct Secret {
    pub kind: TokenKind,
    pub user_id: UserId,
    pub hash: TokenHash,
    pub expires_at: Timestamp,
}

/// An invitation and the hash of its token.
#[derive(Clone)]
pub(super) struct StoredInvitation {
    pub invitation: Invitation,
    pub token: TokenHash,
}

/// A mail that waits, has failed permanently, or was sent.
#[derive(Clone)]
pub(super) struct StoredMail {
    pub mail: OutgoingMail,
    /// Time of the next attempt; `None` if there is none.
    pub due_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

impl State {
    /// Returns the organization, unless it is archived.
    pub fn org(&self, id: OrgId) -> Option<&Organization> {
        self.orgs.get(&id).filter(|_| !self.archived.contains(&id))
    }

    /// Returns the role, if it belongs to the organization.
    pub fn role_of(&self, org: OrgId, id: RoleId) -> Option<&Role> {
        self.roles.get(&id).filter(|role| role.org_id == org)
    }

    /// Whether a row of `org` may refer to `role`.
    pub fn may_refer_to(&self, org: OrgId, role: Option<RoleId>) -> bool {
        role.is_none_or(|id| self.role_of(org, id).is_some())
    }

    /// Returns one membership, unless the organization is archived.
    pub fn membership(&self, org: OrgId, user: UserId) -> Option<&Membership> {
        self.memberships.get(&(self.org(org)?.id, user))
    }

    /// Returns the memberships of one organization in ascending order of account; none if it is
    /// archived.
    pub fn memberships_of(&self, org: OrgId) -> impl Iterator<Item = &Membership> {
        let first = (org, UserId::from_stored(Uuid::nil()));
        let last = (org, UserId::from_stored(Uuid::max()));
        let exists = self.org(org).is_some();
        let memberships = self.memberships.range(first..=last).map(|(_, membership)| membership);
        memberships.filter(move |_| exists)
    }
}

/// Returns the requested page of `rows`, which are in ascending order of `key`.
pub(super) fn page_of<T>(
    rows: impl Iterator<Item = T>,
    page: PageRequest,
    key: impl Fn(&T) -> Uuid,
) -> Page<T> {
    let is_after = |row: &T| page.after.is_none_or(|cursor| key(row) > cursor.key());
    let rows = rows.filter(is_after).take(page.limit.get() + 1).collect();
    Page::from_rows(rows, page.limit, key)
}

/// Rows shared between clones, and copied by the first write of one of them.
#[derive(Clone, Default)]
pub(super) struct Table<T>(Arc<T>);

impl<T> Deref for Table<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Table<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}
