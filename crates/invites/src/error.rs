//! Errors of operations on invitations.

use bailiwick_kernel::StoreError;

/// Why an operation on an invitation is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InviteError {
    /// There is no such invitation, or the token is malformed or unknown.
    #[error("there is no such invitation")]
    NotFound,
    /// It was accepted already.
    #[error("the invitation was used already")]
    AlreadyUsed,
    /// It has expired.
    #[error("the invitation has expired")]
    Expired,
    /// It was revoked, or a newer one replaced it.
    #[error("the invitation was revoked")]
    Revoked,
    /// It was declined.
    #[error("the invitation was declined")]
    Declined,
    /// It is closed or expired, so it cannot be revoked or resent.
    #[error("the invitation is no longer pending")]
    NotPending,
    /// An earlier row of the same request invited the address.
    #[error("the address appears twice in the request")]
    DuplicateInRequest,
    /// The given e-mail address is not the invited one.
    #[error("the e-mail address is not the invited one")]
    EmailMismatch,
    /// The inviter may no longer grant the role.
    #[error("the inviter may no longer grant this role")]
    InviterLostRight,
    /// The offered role does not belong to the organization.
    #[error("the role does not belong to the organization")]
    UnknownRole,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
