//! Why an account operation is refused.

use bailiwick_kernel::StoreError;

/// The reasons that a caller treats differently.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UserError {
    /// Another account has this address.
    #[error("the e-mail address is registered already")]
    EmailTaken,
    /// The account has this address already.
    #[error("the account has this e-mail address already")]
    EmailUnchanged,
    /// An administrator must not switch the own account off with the tools for others.
    #[error("an administrator cannot deactivate the own account")]
    OwnAccount,
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// Unknown address or wrong password; nobody learns which.
    #[error("the e-mail address or the password is wrong")]
    BadCredentials,
    /// The account is switched off.
    #[error("the account is deactivated")]
    Deactivated,
    /// The address must be verified before the first login.
    #[error("the e-mail address is not verified")]
    NotVerified,
    /// The verification secret is unknown, used, replaced or too old.
    #[error("the verification token is not valid")]
    BadVerificationToken,
    /// The reset secret is unknown, used, replaced or too old.
    #[error("the reset token is not valid")]
    BadResetToken,
    /// The secret that confirms an address is unknown, used, replaced or too old.
    #[error("the confirmation token is not valid")]
    BadConfirmationToken,
    /// The refresh token is unknown, too old, or was used; or its session has ended.
    #[error("the refresh token is not valid")]
    BadRefreshToken,
    /// The setup secret is unknown, used, replaced or too old.
    #[error("the setup token is not valid")]
    BadSetupToken,
    /// The platform has an administrator.
    #[error("the platform has been set up")]
    AlreadySetUp,
    /// The account has no such live session.
    #[error("there is no such session")]
    SessionNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
