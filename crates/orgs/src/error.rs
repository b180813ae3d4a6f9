//! Why an operation on an organisation is refused.

use bailiwick_kernel::StoreError;

/// The reasons that a caller treats differently.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OrgError {
    /// Another organisation has this slug.
    #[error("the slug is in use")]
    SlugTaken,
    /// There is no such organisation.
    #[error("there is no such organisation")]
    NotFound,
    /// The person is no member, or was removed.
    #[error("the user is no member of the organisation")]
    NotMember,
    /// The person is a member already.
    #[error("the user is a member of the organisation already")]
    AlreadyMember,
    /// The change would leave the organisation without an active owner.
    #[error("the organisation needs an active owner")]
    LastOwner,
    /// Ownership was to be given to the one who has it.
    #[error("ownership is transferred to another member")]
    TransferToSelf,
    /// The role is none of this organisation's.
    #[error("the role does not belong to the organisation")]
    UnknownRole,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
