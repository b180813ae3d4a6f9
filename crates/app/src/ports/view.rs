//! The stored state that decides a check of authority.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, RoleId, SessionId, Timestamp, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::PermissionSet;
use bailiwick_roles::{Level, SystemRole};
use bailiwick_users::UserStatus;

/// The key of an [`AuthorityView`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AuthorityQuery {
    /// The account.
    pub user: UserId,
    /// The session of the request, if it has one.
    pub session: Option<SessionId>,
    /// The organization, if the check is about one.
    pub org: Option<OrgId>,
}

/// Everything that the checks of one [`AuthorityQuery`] depend on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorityView {
    /// Status of the account.
    pub user_status: UserStatus,
    /// Whether the account administers the platform.
    pub platform_admin: bool,
    /// The queried session, if it exists and belongs to the account.
    pub session: Option<SessionView>,
    /// The queried membership, if it exists.
    pub membership: Option<MembershipView>,
}

/// State of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionView {
    /// Time at which it was ended, if it was.
    pub ended_at: Option<Timestamp>,
    /// Time from which no request is accepted.
    pub expires_at: Timestamp,
}

/// State of a membership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MembershipView {
    /// Its status.
    pub status: MembershipStatus,
    /// Expiry of the invitation; an invited account counts as no member from then on.
    pub invited_until: Option<Timestamp>,
    /// The role held or offered; shared between the views of its holders.
    pub role: Option<Arc<RoleView>>,
}

/// State of a role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleView {
    /// The role's id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// The system role that it is, if it is one.
    pub system: Option<SystemRole>,
    /// Its compiled grants, in the order given.
    pub permissions: PermissionSet,
}
