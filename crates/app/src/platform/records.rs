//! Filters and records of the platform's lists.

use bailiwick_kernel::{Email, MailId, Timestamp};
use bailiwick_orgs::Organization;
use bailiwick_users::UserStatus;

/// Filter for accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFilter {
    /// Part of the e-mail address, of a name or of the full name, ignoring case, accents and outer
    /// spaces ([`bailiwick_kernel::folded`]). `%` and `_` are literal.
    pub search: Option<String>,
    /// Only accounts with this status.
    pub status: Option<UserStatus>,
    /// Only administrators of the platform, or only others.
    pub platform_admin: Option<bool>,
}

/// Filter for organizations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrgFilter {
    /// Part of the name or of the slug, as in [`UserFilter::search`].
    pub search: Option<String>,
}

/// An organization with its number of members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgRecord {
    /// The organization.
    pub org: Organization,
    /// The number of active memberships.
    pub members: u64,
}

/// Filter for mail.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MailFilter {
    /// Part of the recipient's address, as in [`UserFilter::search`].
    pub search: Option<String>,
    /// Only mail with this status.
    pub status: Option<MailStatus>,
}

/// Delivery status of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MailStatus {
    /// A first attempt or a retry is due.
    Waiting,
    /// The mail server accepted it.
    Sent,
    /// The last attempt failed and there is no retry.
    Failed,
}

impl MailStatus {
    /// Returns the wire form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// Parses the wire form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Failed].into_iter().find(|status| status.as_str() == text)
    }
}

/// A mail without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailRecord {
    /// The mail's id.
    pub id: MailId,
    /// The recipient.
    pub to: Email,
    /// [`crate::MailMessage::kind`].
    pub kind: String,
    /// Whether the row still holds a one-time token.
    pub holds_secret: bool,
    /// The number of failed attempts.
    pub attempts: u32,
    /// Time at which it was added to the outbox.
    pub created_at: Timestamp,
    /// Time of the next attempt; `None` if the mail was sent or failed for good.
    pub due_at: Option<Timestamp>,
    /// Time at which the mail server accepted it.
    pub sent_at: Option<Timestamp>,
    /// The error of the last attempt.
    pub last_error: Option<String>,
}

impl MailRecord {
    /// Derives the status from the times.
    pub const fn status(&self) -> MailStatus {
        match (self.sent_at, self.due_at) {
            (Some(_), _) => MailStatus::Sent,
            (None, Some(_)) => MailStatus::Waiting,
            (None, None) => MailStatus::Failed,
        }
    }
}
