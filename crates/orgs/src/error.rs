//! Errors of operations on organizations.

use bailiwick_kernel::StoreError;

/// Why an operation on an organization is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OrgError {
    /// Another organization has this slug, or it is reserved.
    #[error("the slug is in use")]
    SlugTaken,
    /// There is no such organization.
    #[error("there is no such organization")]
    NotFound,
    /// The account is not a member, or was removed.
    #[error("the user is no member of the organization")]
    NotMember,
    /// The account is a member already.
    #[error("the user is a member of the organization already")]
    AlreadyMember,
    /// The change would leave the organization without an active owner.
    #[error("the organization needs an active owner")]
    LastOwner,
    /// The caller, who is the present owner, was named as the new owner.
    #[error("ownership is transferred to another member")]
    TransferToSelf,
    /// The role does not belong to the organization.
    #[error("the role does not belong to the organization")]
    UnknownRole,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
