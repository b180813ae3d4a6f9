//! Why an operation on roles is refused.

use bailiwick_kernel::StoreError;

/// The reasons that a caller treats differently.
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
    /// Roles are to exchange their levels, and no level is free for the time in between.
    #[error("all hierarchy levels are in use")]
    NoFreeLevel,
    /// The role is held by members, or offered by invitations that are pending.
    #[error("the role is in use by {members} members and {invitations} invitations")]
    InUse {
        /// Members who hold it, active or suspended.
        members: u64,
        /// Pending invitations that offer it.
        invitations: u64,
    },
    /// One of the four roles that every organization is born with.
    #[error("system roles cannot be changed")]
    System,
    /// The grant exceeds what the granting person holds.
    #[error("nobody grants what they do not hold")]
    BeyondOwnGrants,
    /// The person or role acted on is not strictly below the acting person.
    #[error("the target is not below the caller's level")]
    NotBelow,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
