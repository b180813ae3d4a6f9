//! The explanation why a permission is allowed or denied.

use bailiwick_kernel::{OrgId, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_users::UserStatus;

use crate::ports::RoleRef;

/// The verdict, the facts that it follows from, and the changes that would reverse a denial.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The user.
    pub user: UserId,
    /// The organization.
    pub org: OrgId,
    /// The permission.
    pub permission: Permission,
    /// Whether it is allowed now.
    pub allowed: bool,
    /// Status of the account.
    pub account: UserStatus,
    /// Status of the membership.
    pub membership: MembershipStatus,
    /// The role of the member, or the role offered by the invitation.
    pub role: Option<HeldRole>,
    /// The smallest change that would allow it: all of these steps, in order. Empty if it is
    /// allowed.
    pub steps: Vec<Step>,
}

/// A role, as far as it concerns the permission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldRole {
    /// The role.
    pub role: RoleRef,
    /// Whether it is a system role, which cannot be extended.
    pub is_system: bool,
    /// The grant that allows the permission, as granted.
    pub grant: Option<Pattern>,
    /// If no grant allows it: grants of the same resource, then those of the same action.
    pub nearest: Vec<Pattern>,
}

/// A step towards permission: any one of its changes completes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Alternative changes; at least one.
    pub any_of: Vec<Change>,
}

/// A change of account, membership or role.
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
        /// The roles that grant it, the lowest level first; `None` if the caller may not see roles.
        roles: Option<Vec<RoleRef>>,
        /// Whether the assignment also restores the suspended membership.
        restores: bool,
    },
    /// Add the permission to the present role.
    ExtendRole(RoleRef),
}
