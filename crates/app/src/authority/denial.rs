//! Why authority is refused.

use crate::authority::Missing;
use crate::tokens::TokenFault;

/// The refusals, in the order in which they are looked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denial {
    /// The token does not prove anybody.
    #[error("invalid or expired token: {0}")]
    Token(#[from] TokenFault),
    /// The account is not active.
    #[error("the user account is deactivated")]
    Deactivated,
    /// There is no membership, or the invitation ran out, or the organization
    /// does not exist: a stranger cannot tell which.
    #[error("the user is no member of this organization")]
    NotMember,
    /// The membership is suspended.
    #[error("the membership is suspended")]
    Suspended,
    /// The membership was ended.
    #[error("the membership was ended")]
    Removed,
    /// The invitation was not accepted yet.
    #[error("the invitation is not accepted yet")]
    StillInvited,
    /// The role does not grant this.
    #[error("{0}")]
    Missing(Box<Missing>),
    /// Only an owner may.
    #[error("an owner is required")]
    OwnerRequired,
    /// Only an administrator of the platform may.
    #[error("a platform administrator is required")]
    PlatformAdminRequired,
}
