//! The denials of authority.

use crate::authority::Missing;
use crate::tokens::TokenFault;

/// The reason of a denial, in the order in which the rules are checked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denial {
    /// The token is invalid.
    #[error("invalid or expired token: {0}")]
    Token(#[from] TokenFault),
    /// The account is not active.
    #[error("the user account is deactivated")]
    Deactivated,
    /// There is no membership, or the invitation expired, or the organization does not exist. A
    /// stranger cannot distinguish them.
    #[error("the user is no member of this organization")]
    NotMember,
    /// The membership is suspended.
    #[error("the membership is suspended")]
    Suspended,
    /// The membership was ended.
    #[error("the membership was ended")]
    Removed,
    /// The invitation is not accepted yet.
    #[error("the invitation is not accepted yet")]
    StillInvited,
    /// The role does not grant the permission.
    #[error("{0}")]
    Missing(Box<Missing>),
    /// The caller is not an owner.
    #[error("an owner is required")]
    OwnerRequired,
    /// The caller is not an administrator of the platform.
    #[error("a platform administrator is required")]
    PlatformAdminRequired,
}
