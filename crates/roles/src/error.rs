//! Errors of operations on roles.

use bailiwick_kernel::StoreError;

/// Why an operation on a role is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoleError {
    /// The organization has no such role.
    #[error("there is no such role in the organization")]
    NotFound,
    /// Another role of the organization has this name.
    #[error("the role name is in use")]
    NameTaken,
    /// Another role of the organization has this level.
    #[error("the hierarchy level is in use")]
    LevelTaken,
    /// Roles are to exchange levels, and no level is free for the intermediate step.
    #[error("all hierarchy levels are in use")]
    NoFreeLevel,
    /// Members hold the role, or pending invitations offer it.
    #[error("the role is in use by {members} members and {invitations} invitations")]
    InUse {
        /// Number of members with the role, active or suspended.
        members: u64,
        /// Number of pending invitations that offer it.
        invitations: u64,
    },
    /// The role is a system role.
    #[error("system roles cannot be changed")]
    System,
    /// The grant exceeds what the caller has.
    #[error("the caller lacks a permission that is to be granted")]
    BeyondOwnGrants,
    /// The target account or role is not strictly below the caller.
    #[error("the target is not below the caller's level")]
    NotBelow,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
