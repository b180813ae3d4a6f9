//! What is said: subject, text and HTML of every kind of mail.

use std::fmt;

use askama::Template;
use bailiwick_app::{MailError, MailMessage, MailSecret};
use bailiwick_kernel::Timestamp;
use time::macros::format_description;

use super::Letterhead;
use super::text::{lines, one_line, wrap};

/// A letter ready to be read. Its text holds one link, alone on a line; so does
/// its HTML, behind a button. Muted in `Debug`, since the link is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// For programs that show text; lines end with `\n`.
    pub text: String,
    /// For all others.
    pub html: String,
}

#[derive(Template)]
#[template(path = "verify_email.txt")]
struct VerifyEmailText<'a> {
    letter: &'a VerifyEmail,
}

#[derive(Template)]
#[template(path = "verify_email.html")]
struct VerifyEmailHtml<'a> {
    letter: &'a VerifyEmail,
}

struct VerifyEmail {
    first_name: String,
    link: String,
    expires_at: String,
}

#[derive(Template)]
#[template(path = "invitation.txt")]
struct InvitationText<'a> {
    letter: &'a Invitation,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationHtml<'a> {
    letter: &'a Invitation,
}

struct Invitation {
    inviter: String,
    organization: String,
    role: String,
    words: Vec<String>,
    link: String,
    expires_at: String,
}

impl Letter {
    /// Writes the letter.
    pub fn write(message: &MailMessage, letterhead: &Letterhead) -> Result<Self, MailError> {
        let written = match message {
            MailMessage::VerifyEmail { token, first_name, expires_at } => Self::verify_email(&VerifyEmail {
                first_name: one_line(first_name),
                link: letterhead.link("verify-email", token),
                expires_at: readable(*expires_at),
            }),
            MailMessage::Invitation { token, organization, inviter, role, message, expires_at } => {
                Self::invitation(&Invitation {
                    inviter: one_line(inviter),
                    organization: one_line(organization),
                    role: one_line(role),
                    words: message.as_deref().map(lines).unwrap_or_default(),
                    link: letterhead.link("accept-invitation", token),
                    expires_at: readable(*expires_at),
                })
            }
        };
        written.map_err(|error| MailError::Permanent(format!("the letter cannot be written: {error}")))
    }

    fn verify_email(letter: &VerifyEmail) -> askama::Result<Self> {
        Ok(Self {
            subject: "Please confirm your e-mail address".to_owned(),
            text: wrap(&VerifyEmailText { letter }.render()?),
            html: VerifyEmailHtml { letter }.render()?,
        })
    }

    fn invitation(letter: &Invitation) -> askama::Result<Self> {
        Ok(Self {
            subject: format!("{} invites you to {}", letter.inviter, letter.organization),
            text: wrap(&InvitationText { letter }.render()?),
            html: InvitationHtml { letter }.render()?,
        })
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The secret that a letter carries, so that reports can leave it out.
pub(super) fn secret(message: &MailMessage) -> &MailSecret {
    match message {
        MailMessage::VerifyEmail { token, .. } | MailMessage::Invitation { token, .. } => token,
    }
}

fn readable(moment: Timestamp) -> String {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.as_offset().format(minutes).unwrap_or_else(|_| moment.to_string())
}
