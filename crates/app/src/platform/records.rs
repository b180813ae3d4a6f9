//! What the lists show, and which of it.

use bailiwick_kernel::{Email, MailId, Timestamp};
use bailiwick_orgs::Organization;
use bailiwick_users::UserStatus;

/// Which accounts a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFilter {
    /// Part of the e-mail address, of a name or of the full name, whatever
    /// case, accents and outer spaces ([`bailiwick_kernel::folded`]); `%` and `_` stand for themselves.
    pub search: Option<String>,
    /// Only this status.
    pub status: Option<UserStatus>,
}

/// Which organizations a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrgFilter {
    /// Part of the name or of the slug, as in [`UserFilter::search`].
    pub search: Option<String>,
}

/// An organization as the platform sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgRecord {
    /// The organization.
    pub org: Organization,
    /// How many active memberships it has.
    pub members: u64,
}

/// Which mail a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MailFilter {
    /// Part of the receiver's address, as in [`UserFilter::search`].
    pub search: Option<String>,
    /// Only what stands like this.
    pub status: Option<MailStatus>,
}

/// How a mail stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MailStatus {
    /// It will be tried, for the first time or again.
    Waiting,
    /// The carrier took it.
    Sent,
    /// It will not be tried again.
    Failed,
}

impl MailStatus {
    /// The form on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// Reads the form on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Failed].into_iter().find(|status| status.as_str() == text)
    }
}

/// A mail as an operator sees it: without what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailRecord {
    /// Identity.
    pub id: MailId,
    /// The receiver.
    pub to: Email,
    /// [`crate::MailMessage::kind`].
    pub kind: String,
    /// Whether the row still holds a one-time token.
    pub holds_secret: bool,
    /// How many attempts failed.
    pub attempts: u32,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// When it will be tried; `None` once it was sent or given up.
    pub due_at: Option<Timestamp>,
    /// When the carrier took it.
    pub sent_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

impl MailRecord {
    /// How it stands.
    pub const fn status(&self) -> MailStatus {
        match (self.sent_at, self.due_at) {
            (Some(_), _) => MailStatus::Sent,
            (None, Some(_)) => MailStatus::Waiting,
            (None, None) => MailStatus::Failed,
        }
    }
}
