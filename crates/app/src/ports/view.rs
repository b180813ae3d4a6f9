//! What decides about authority, as a store gives it.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, RoleId, SessionId, Timestamp, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::PermissionSet;
use bailiwick_roles::{Level, SystemRole};
use bailiwick_users::UserStatus;

/// Whose authority is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AuthorityQuery {
    /// The account.
    pub user: UserId,
    /// The session that the request belongs to, if it belongs to one.
    pub session: Option<SessionId>,
    /// The organization, if the question is about one.
    pub org: Option<OrgId>,
}

/// Everything that decides about a subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorityView {
    /// Status of the account.
    pub user_status: UserStatus,
    /// Whether the account administers the platform.
    pub platform_admin: bool,
    /// The session asked about, if it exists and is the account's.
    pub session: Option<SessionView>,
    /// The membership asked about, if it exists.
    pub membership: Option<MembershipView>,
}

/// What decides about a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionView {
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
    /// No request is good from then on.
    pub expires_at: Timestamp,
}

/// What decides about a membership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MembershipView {
    /// Its status.
    pub status: MembershipStatus,
    /// An invited person counts as none from this moment on.
    pub invited_until: Option<Timestamp>,
    /// The role held or offered. Everybody who holds it may share one.
    pub role: Option<Arc<RoleView>>,
}

/// What decides about a role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleView {
    /// Identity.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its precedence.
    pub level: Level,
    /// Which system role it is, if one.
    pub system: Option<SystemRole>,
    /// Its grants, in the order given, compiled.
    pub permissions: PermissionSet,
}
