//! Why an operation on an organization is refused.

use bailiwick_kernel::StoreError;

/// The reasons that a caller treats differently.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OrgError {
    /// Another organization has this slug.
    #[error("the slug is in use")]
    SlugTaken,
    /// There is no such organization.
    #[error("there is no such organization")]
    NotFound,
    /// The person is no member, or was removed.
    #[error("the user is no member of the organization")]
    NotMember,
    /// The person is a member already.
    #[error("the user is a member of the organization already")]
    AlreadyMember,
    /// The change would leave the organization without an active owner.
    #[error("the organization needs an active owner")]
    LastOwner,
    /// Ownership was to be given to the one who has it.
    #[error("ownership is transferred to another member")]
    TransferToSelf,
    /// The role is none of this organization's.
    #[error("the role does not belong to the organization")]
    UnknownRole,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
