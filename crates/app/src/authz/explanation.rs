//! The answer to the question why something is allowed or not.

use bailiwick_kernel::{OrgId, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_users::UserStatus;

use crate::ports::RoleRef;

/// The verdict, everything it follows from, and what would change it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The user that the question is about.
    pub user: UserId,
    /// Where.
    pub org: OrgId,
    /// What.
    pub permission: Permission,
    /// Whether it would be allowed now.
    pub allowed: bool,
    /// Of the account.
    pub account: UserStatus,
    /// Of the membership.
    pub membership: MembershipStatus,
    /// The role held or offered.
    pub role: Option<HeldRole>,
    /// The smallest change that would allow it: all of these, one after another.
    /// Empty when it is allowed.
    pub steps: Vec<Step>,
}

/// A role, as far as it has to do with the permission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldRole {
    /// Which.
    pub role: RoleRef,
    /// Whether it is the system's, so that nothing can be added to it.
    pub is_system: bool,
    /// The grant that allows it, as granted.
    pub grant: Option<Pattern>,
    /// Where none does: grants of the same resource, then those of the same action.
    pub nearest: Vec<Pattern>,
}

/// One step towards being allowed: any one of these changes takes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The changes to choose from; at least one.
    pub any_of: Vec<Change>,
}

/// A change that somebody can make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Activate the account.
    ActivateAccount,
    /// Prove the address of the account.
    VerifyAccount,
    /// Restore the suspended membership.
    RestoreMembership,
    /// Accept the invitation.
    AcceptInvitation,
    /// Assign another role.
    AssignRole {
        /// Those that grant it, the lowest level first; `None` for who may not
        /// see roles.
        roles: Option<Vec<RoleRef>>,
        /// Whether that also restores the suspended membership.
        restores: bool,
    },
    /// Add the permission to the role held.
    ExtendRole(RoleRef),
}
