//! Mail: what is said, and the port that carries it.

use std::fmt;

use async_trait::async_trait;
use bailiwick_kernel::{Email, IdSource, MailId, PlainToken, Timestamp};
use serde::{Deserialize, Serialize};

/// A one-time secret on its way into a mail. It serializes, because an unsent
/// mail must hold it: sealed, by then. It shows nothing in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailSecret(String);

impl MailSecret {
    /// The secret, for the link.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&PlainToken> for MailSecret {
    fn from(token: &PlainToken) -> Self {
        Self(token.reveal().to_owned())
    }
}

impl From<String> for MailSecret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for MailSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailSecret(***)")
    }
}

/// What a mail says. The words are the adapter's; each but mere news has one link,
/// which carries the secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailMessage {
    /// Please prove that this mailbox is yours.
    VerifyEmail {
        /// For the link.
        token: MailSecret,
        /// Whom to greet.
        first_name: String,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// Here is the way to a new password.
    ResetPassword {
        /// For the link.
        token: MailSecret,
        /// Whom to greet.
        first_name: String,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// Please prove that this mailbox is yours, and your account moves to it.
    ConfirmEmail {
        /// For the link.
        token: MailSecret,
        /// Whom to greet.
        first_name: String,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// Notice to the present address that a change of address was requested. It has no link.
    EmailChangeRequested {
        /// Whom to greet.
        first_name: String,
        /// Where to.
        new_email: String,
    },
    /// Your account has moved. It has no link.
    EmailChanged {
        /// Whom to greet.
        first_name: String,
        /// Where to.
        new_email: String,
    },
    /// You are invited.
    Invitation {
        /// For the link.
        token: MailSecret,
        /// Name of the organization.
        organization: String,
        /// Full name of the inviter.
        inviter: String,
        /// Name of the role offered.
        role: String,
        /// A word from the inviter.
        message: Option<String>,
        /// Until when the link works.
        expires_at: Timestamp,
    },
}

impl MailMessage {
    /// The secret that it carries, if it carries one.
    pub const fn secret(&self) -> Option<&MailSecret> {
        match self {
            Self::VerifyEmail { token, .. }
            | Self::ResetPassword { token, .. }
            | Self::ConfirmEmail { token, .. }
            | Self::Invitation { token, .. } => Some(token),
            Self::EmailChangeRequested { .. } | Self::EmailChanged { .. } => None,
        }
    }

    pub(crate) const fn secret_mut(&mut self) -> Option<&mut MailSecret> {
        match self {
            Self::VerifyEmail { token, .. }
            | Self::ResetPassword { token, .. }
            | Self::ConfirmEmail { token, .. }
            | Self::Invitation { token, .. } => Some(token),
            Self::EmailChangeRequested { .. } | Self::EmailChanged { .. } => None,
        }
    }

    /// The stored name of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::ConfirmEmail { .. } => "confirm_email",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::Invitation { .. } => "invitation",
        }
    }
}

/// One mail in the outbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutgoingMail {
    /// Identity; the same at every attempt, so a receiver can tell a repetition.
    pub id: MailId,
    /// The receiver.
    pub to: Email,
    /// What it says.
    pub message: MailMessage,
    /// How many attempts failed.
    pub attempts: u32,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
}

impl OutgoingMail {
    /// A mail that was not tried yet.
    pub fn new(to: Email, message: MailMessage, ids: &dyn IdSource, now: Timestamp) -> Self {
        Self { id: MailId::generate(ids, now), to, message, attempts: 0, created_at: now }
    }
}

/// Why a mail did not go out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailError {
    /// The carrier cannot take it now.
    #[error("the mail server cannot take the mail now: {0}")]
    Temporary(String),
    /// The carrier will never take it.
    #[error("the mail server refuses the mail: {0}")]
    Permanent(String),
    /// Its secret was sealed with a key that this node does not have; another may.
    #[error("the link of the mail is sealed with another server key than this node has")]
    Sealed,
}

/// Carries mail. Called after the commit, at least once per mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over. `Ok` means that the carrier took responsibility.
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError>;
}
