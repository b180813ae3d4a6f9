//! Errors of account operations.

use bailiwick_kernel::StoreError;

/// Why an account operation is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UserError {
    /// Another account has this address.
    #[error("the e-mail address is registered already")]
    EmailTaken,
    /// The account has this address already.
    #[error("the account has this e-mail address already")]
    EmailUnchanged,
    /// Administrators cannot deactivate their own account with the operations for other accounts.
    #[error("an administrator cannot deactivate their own account")]
    OwnAccount,
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// Unknown address or wrong password; responses do not reveal which.
    #[error("the e-mail address or the password is wrong")]
    BadCredentials,
    /// The account is deactivated.
    #[error("the account is deactivated")]
    Deactivated,
    /// The address must be verified before the first login.
    #[error("the e-mail address is not verified")]
    NotVerified,
    /// The verification secret is unknown, used, replaced or expired.
    #[error("the verification token is not valid")]
    BadVerificationToken,
    /// The reset secret is unknown, used, replaced or expired.
    #[error("the reset token is not valid")]
    BadResetToken,
    /// The secret that confirms an address is unknown, used, replaced or expired.
    #[error("the confirmation token is not valid")]
    BadConfirmationToken,
    /// The refresh token is unknown, expired or used, or its session has ended.
    #[error("the refresh token is not valid")]
    BadRefreshToken,
    /// The setup secret is unknown, used, replaced or expired.
    #[error("the setup token is not valid")]
    BadSetupToken,
    /// The platform has an administrator already.
    #[error("the platform has been set up")]
    AlreadySetUp,
    /// The account has no such valid session.
    #[error("there is no such session")]
    SessionNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
