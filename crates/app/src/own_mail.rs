//! Mail of an embedding program.

use bailiwick_kernel::{Email, Language, StoreError, is_unprintable};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::command::Work;
use crate::mail::{MailMessage, MailSecret};
use crate::own_name::{MAX_OWN_NAME, is_word};

/// Most bytes of subject, text and HTML of an [`OwnMail`] together.
pub const MAX_OWN_MAIL: usize = 256 * 1024;

/// A mail of an embedding program. [`Work::send_mail`] puts it into the outbox, with its content sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnMail {
    name: String,
    /// The content as JSON; sealed in the store.
    pub(crate) content: MailSecret,
}

/// The content of an [`OwnMail`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMailContent {
    /// The subject, one line.
    pub subject: String,
    /// The text; lines end with `\n`, and an empty line separates paragraphs.
    pub text: String,
    /// The whole HTML document; with `None`, the layout of the product shows the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

/// The reason that a mail of an embedding program is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OwnMailError {
    /// The kind is malformed, or one of the product.
    #[error(
        "the kind of an own mail is a word of a to z and `_`, in at most {MAX_OWN_NAME} bytes, \
         that is no kind of mail of bailiwick"
    )]
    Kind,
    /// The subject is empty, or not one line.
    #[error(
        "the subject of a mail is one line with visible characters and without control characters, such as CR and LF"
    )]
    Subject,
    /// The text is empty, or has control characters other than tabs and line breaks.
    #[error("the text of a mail has visible characters, and no control characters but tabs and line breaks")]
    Text,
    /// Subject, text and HTML are too long.
    #[error("subject, text and HTML of a mail have at most {MAX_OWN_MAIL} bytes together")]
    TooLong,
    /// The content cannot be stored.
    #[error("the content of the mail cannot be stored")]
    Content,
}

impl OwnMail {
    /// Creates a mail with a text. `kind` is a word of lower-case ASCII letters and `_`, such as
    /// `invoice_refunded`, which `GET /platform/outbox` shows. The subject is one line; an empty line separates
    /// paragraphs of the text.
    pub fn new(kind: &str, subject: &str, text: &str) -> Result<Self, OwnMailError> {
        Self::with_content(
            kind,
            &OwnMailContent { subject: subject.to_owned(), text: text.to_owned(), html: None },
        )
    }

    /// Creates a mail with a text and an HTML document of its own, in which the caller has escaped all
    /// text of users.
    pub fn with_html(kind: &str, subject: &str, text: &str, html: &str) -> Result<Self, OwnMailError> {
        let (subject, text, html) = (subject.to_owned(), text.to_owned(), Some(html.to_owned()));
        Self::with_content(kind, &OwnMailContent { subject, text, html })
    }

    fn with_content(kind: &str, content: &OwnMailContent) -> Result<Self, OwnMailError> {
        if !is_word(kind) || kind.len() > MAX_OWN_NAME || MailMessage::KINDS.contains(&kind) {
            return Err(OwnMailError::Kind);
        }
        content.check()?;
        let json = serde_json::to_string(content).map_err(|_| OwnMailError::Content)?;
        Ok(Self { name: kind.to_owned(), content: MailSecret::from(json) })
    }

    /// The kind of the mail.
    pub const fn kind(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the content, for a [`Mailer`](crate::Mailer); `None` while it is sealed.
    pub fn content(&self) -> Option<OwnMailContent> {
        serde_json::from_str(self.content.reveal()).ok()
    }
}

impl OwnMailContent {
    fn check(&self) -> Result<(), OwnMailError> {
        if self.subject.trim().is_empty() || self.subject.chars().any(is_unprintable) {
            return Err(OwnMailError::Subject);
        }
        let is_refused = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if self.text.trim().is_empty() || self.text.chars().any(is_refused) {
            return Err(OwnMailError::Text);
        }
        let html = self.html.as_ref().map_or(0, String::len);
        if self.subject.len() + self.text.len() + html > MAX_OWN_MAIL {
            return Err(OwnMailError::TooLong);
        }
        Ok(())
    }
}

/// A malformed mail is a fault of the program, so it is answered by 500, and the log has the cause.
impl From<OwnMailError> for Error {
    fn from(error: OwnMailError) -> Self {
        Self::Store(StoreError::Refused(error.to_string()))
    }
}

impl<P> Work<'_, P> {
    /// Puts a mail into the outbox. It is sent after the commit, at least once, and never without the commit.
    /// The layout around its text is in the first of these languages that there are texts in, else in one
    /// that the request accepts.
    pub async fn send_mail(
        &mut self,
        to: &Email,
        languages: impl IntoIterator<Item = Language>,
        mail: OwnMail,
    ) -> Result<(), Error> {
        self.send(to.clone(), languages, MailMessage::Own(mail)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_keeps_its_content_and_does_not_show_it() {
        let mail = OwnMail::with_html("invoice_refunded", "Refund \u{f6}", "Hi\n\nBye", "<p>Hi").unwrap();
        let content = mail.content().unwrap();
        assert_eq!(
            (mail.kind(), &*content.subject, &*content.text),
            ("invoice_refunded", "Refund \u{f6}", "Hi\n\nBye")
        );
        assert_eq!(content.html.as_deref(), Some("<p>Hi"));
        assert!(!format!("{mail:?}").contains("Refund"), "{mail:?}");
        let sealed = OwnMail { content: MailSecret::from("sealed:x".to_owned()), ..mail };
        assert!(sealed.content().is_none());
    }

    #[test]
    fn a_malformed_mail_is_refused_with_its_fault() {
        let long = "x".repeat(MAX_OWN_MAIL);
        for (kind, subject, text, fault) in [
            ("", "s", "t", OwnMailError::Kind),
            ("Invoice", "s", "t", OwnMailError::Kind),
            ("invoice.refunded", "s", "t", OwnMailError::Kind),
            ("invitation", "s", "t", OwnMailError::Kind),
            ("own", "s", "t", OwnMailError::Kind),
            ("invoice", "", "t", OwnMailError::Subject),
            ("invoice", "s\r\nBcc: eve@example.com", "t", OwnMailError::Subject),
            ("invoice", "s\n", "t", OwnMailError::Subject),
            ("invoice", "s\u{2028}x", "t", OwnMailError::Subject),
            ("invoice", "s", " \n", OwnMailError::Text),
            ("invoice", "s", "a\0", OwnMailError::Text),
            ("invoice", "s", &long, OwnMailError::TooLong),
        ] {
            assert_eq!(OwnMail::new(kind, subject, text).unwrap_err(), fault, "{kind:?} {subject:?}");
        }
        assert!(OwnMail::new("invoice", "s", "a\r\n\tb").is_ok());
    }
}
