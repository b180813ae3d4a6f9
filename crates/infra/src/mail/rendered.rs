//! Subject, text and HTML of a mail.

use std::fmt;

use bailiwick_app::{MailError, OutgoingMail};

use super::MailSender;

/// A rendered mail. With the built-in templates its text has at most one link of its own, alone on a line;
/// so has its HTML, behind a button. `Debug` leaves out the texts, because the link is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// A single line.
    pub subject: String,
    /// Plain text; lines end with `\n`.
    pub text: String,
    /// HTML.
    pub html: String,
}

impl RenderedMail {
    /// Renders a mail in the language of its recipient.
    pub fn write(mail: &OutgoingMail, sender: &MailSender) -> Result<Self, MailError> {
        sender.templates().render(mail, sender)
    }
}

impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedMail").field("subject", &self.subject).finish_non_exhaustive()
    }
}
