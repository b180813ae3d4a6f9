//! Mail: the messages, and the port that delivers them.

use std::fmt;

use async_trait::async_trait;
use bailiwick_kernel::{Email, IdSource, Language, MailId, PlainToken, Timestamp};
use serde::{Deserialize, Serialize};

use crate::own_mail::OwnMail;

/// A one-time secret in a mail. It serializes, because an unsent mail must contain it; it is sealed
/// by then. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailSecret(String);

impl MailSecret {
    /// The plain secret, for the link.
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

/// The content of a mail; the adapter has the wording, except of [`Self::Own`]. Each message of the product
/// except a mere notice has one link, which carries the secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailMessage {
    /// Asks to prove the mailbox.
    VerifyEmail {
        /// The secret of the link.
        token: MailSecret,
        /// First name of the recipient, for the salutation.
        first_name: String,
        /// Time until which the link is valid.
        expires_at: Timestamp,
    },
    /// Link to choose a new password.
    ResetPassword {
        /// The secret of the link.
        token: MailSecret,
        /// First name of the recipient, for the salutation.
        first_name: String,
        /// Time until which the link is valid.
        expires_at: Timestamp,
    },
    /// Asks to prove the mailbox, to which the account then moves.
    ConfirmEmail {
        /// The secret of the link.
        token: MailSecret,
        /// First name of the recipient, for the salutation.
        first_name: String,
        /// Time until which the link is valid.
        expires_at: Timestamp,
    },
    /// Notice to the present address that a change of address was requested. It has no link.
    EmailChangeRequested {
        /// First name of the recipient, for the salutation.
        first_name: String,
        /// The new address.
        new_email: String,
    },
    /// Notice to the former address that the address was changed. It has no link.
    EmailChanged {
        /// First name of the recipient, for the salutation.
        first_name: String,
        /// The new address.
        new_email: String,
    },
    /// Invitation to an organization.
    Invitation {
        /// The secret of the link.
        token: MailSecret,
        /// Name of the organization.
        organization: String,
        /// Full name of the inviter.
        inviter: String,
        /// Name of the role offered.
        role: String,
        /// Message of the inviter.
        message: Option<String>,
        /// Time until which the link is valid.
        expires_at: Timestamp,
    },
    /// A mail of an embedding program, whose whole content is a secret.
    Own(OwnMail),
}

impl MailMessage {
    /// The kinds of mail of the product, and the stored kind of all others.
    pub(crate) const KINDS: [&str; 7] = [
        "verify_email",
        "reset_password",
        "confirm_email",
        "email_change_requested",
        "email_changed",
        "invitation",
        "own",
    ];

    /// The secret of the message, if it has one: that of its link, or the content of an [`OwnMail`].
    pub const fn secret(&self) -> Option<&MailSecret> {
        match self {
            Self::VerifyEmail { token, .. }
            | Self::ResetPassword { token, .. }
            | Self::ConfirmEmail { token, .. }
            | Self::Invitation { token, .. } => Some(token),
            Self::Own(mail) => Some(&mail.content),
            Self::EmailChangeRequested { .. } | Self::EmailChanged { .. } => None,
        }
    }

    pub(crate) const fn secret_mut(&mut self) -> Option<&mut MailSecret> {
        match self {
            Self::VerifyEmail { token, .. }
            | Self::ResetPassword { token, .. }
            | Self::ConfirmEmail { token, .. }
            | Self::Invitation { token, .. } => Some(token),
            Self::Own(mail) => Some(&mut mail.content),
            Self::EmailChangeRequested { .. } | Self::EmailChanged { .. } => None,
        }
    }

    /// The name of the kind, as the outbox lists it.
    pub const fn kind(&self) -> &str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::ConfirmEmail { .. } => "confirm_email",
            Self::EmailChangeRequested { .. } => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::Invitation { .. } => "invitation",
            Self::Own(mail) => mail.kind(),
        }
    }
}

/// A mail in the outbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutgoingMail {
    /// Identity. It is the same at every attempt, so a recipient can detect a repetition.
    pub id: MailId,
    /// The recipient.
    pub to: Email,
    /// The content.
    pub message: MailMessage,
    /// The languages that the recipient reads, as far as is known, the most preferred first. The mail is
    /// in the first one that there are texts in.
    pub languages: Vec<Language>,
    /// Number of failed attempts.
    pub attempts: u32,
    /// Time at which it was put into the outbox.
    pub created_at: Timestamp,
}

impl OutgoingMail {
    /// Creates a mail without attempts, to somebody whose languages are not known.
    pub fn new(to: Email, message: MailMessage, ids: &dyn IdSource, now: Timestamp) -> Self {
        let id = MailId::generate(ids, now);
        Self { id, to, message, languages: Vec::new(), attempts: 0, created_at: now }
    }

    /// Sets the languages that the recipient reads.
    #[must_use]
    pub fn in_languages(self, languages: impl IntoIterator<Item = Language>) -> Self {
        Self { languages: languages.into_iter().collect(), ..self }
    }
}

/// The error of a delivery. Its text is stored and shown to operators, so it MUST NOT contain the secret of the
/// mail, also if the mail server repeats it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailError {
    /// The mail server cannot take the mail at the moment, or cannot be reached; a later attempt may succeed.
    #[error("the mail server cannot take the mail now: {0}")]
    Temporary(String),
    /// The mail server rejects this mail, and would reject it again. There is no other attempt.
    #[error("the mail server refuses the mail: {0}")]
    Permanent(String),
    /// The secret was sealed with a key that this node does not have. Another node may have it.
    #[error("the link of the mail is sealed with another server key than this node has")]
    Sealed,
}

/// Delivers mail. Called after the commit, at least once per mail, and for several mails at once.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Delivers a mail, once and to its recipient alone, in the first of its languages that there are texts in.
    /// `Ok` means that the mail server took responsibility.
    ///
    /// - The text contains the secret of the message once, in the link; the subject MUST NOT contain it.
    /// - At every attempt the recipient gets the same identity, derived from the id of the mail.
    /// - Names and messages are shown as they are. Whatever they contain, they MUST NOT add a header, a line of
    ///   the subject, or a recipient.
    /// - A call MUST end within a minute, because other mails wait for it.
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError>;
}
