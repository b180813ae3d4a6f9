//! Why an operation on an invitation is refused.

use bailiwick_kernel::StoreError;

/// The reasons that a caller treats differently.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InviteError {
    /// There is no such invitation, or the token is none of ours.
    #[error("there is no such invitation")]
    NotFound,
    /// It was accepted already.
    #[error("the invitation was used already")]
    AlreadyUsed,
    /// Its time ran out.
    #[error("the invitation has expired")]
    Expired,
    /// It was taken back, or a newer one replaced it.
    #[error("the invitation was revoked")]
    Revoked,
    /// The invited person declined.
    #[error("the invitation was declined")]
    Declined,
    /// It was settled or ran out, so there is nothing to take back or send again.
    #[error("the invitation is no longer pending")]
    NotPending,
    /// The address was invited by an earlier part of the same request.
    #[error("the address appears twice in the request")]
    DuplicateInRequest,
    /// The e-mail given is not the invited one.
    #[error("the e-mail address is not the invited one")]
    EmailMismatch,
    /// The inviter may no longer grant the role.
    #[error("the inviter may no longer grant this role")]
    InviterLostRight,
    /// The role offered is none of the organization's.
    #[error("the role does not belong to the organization")]
    UnknownRole,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
