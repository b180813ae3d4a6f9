//! Subject, text and HTML of every kind of mail.

use std::fmt;

use askama::Template;
use bailiwick_app::{MailError, MailMessage};
use bailiwick_kernel::Timestamp;
use time::macros::format_description;

use super::MailSender;
use super::text::{lines, one_line, wrap};

/// A rendered mail. Its text has at most one link, alone on a line; so has its HTML, behind a
/// button. `Debug` leaves out the texts, because the link is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// A single line.
    pub subject: String,
    /// Plain text; lines end with `\n`.
    pub text: String,
    /// HTML.
    pub html: String,
}

#[derive(Template)]
#[template(path = "action.txt")]
struct ActionText<'a> {
    letter: &'a ActionMail,
}

#[derive(Template)]
#[template(path = "action.html")]
struct ActionHtml<'a> {
    letter: &'a ActionMail,
}

/// A mail that asks for one action by a link.
struct ActionMail {
    subject: &'static str,
    first_name: String,
    request: &'static str,
    call: &'static str,
    button: &'static str,
    link: String,
    expires_at: String,
}

#[derive(Template)]
#[template(path = "notice.txt")]
struct NoticeText<'a> {
    letter: &'a Notice,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticeHtml<'a> {
    letter: &'a Notice,
}

/// A mail that informs, without a link.
struct Notice {
    subject: &'static str,
    first_name: String,
    news: String,
    advice: &'static str,
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

impl RenderedMail {
    /// Renders a mail.
    pub fn write(message: &MailMessage, sender: &MailSender) -> Result<Self, MailError> {
        let written = match message {
            MailMessage::VerifyEmail { token, first_name, expires_at } => Self::action(&ActionMail {
                subject: "Please confirm your e-mail address",
                first_name: one_line(first_name),
                request: "please confirm that this e-mail address is yours.",
                call: "Open this link",
                button: "Confirm the address",
                link: sender.link("verify-email", token),
                expires_at: readable(*expires_at),
            }),
            MailMessage::ResetPassword { token, first_name, expires_at } => Self::action(&ActionMail {
                subject: "Choose a new password",
                first_name: one_line(first_name),
                request: "somebody asked for a new password for your account.",
                call: "To choose one, open this link",
                button: "Choose a new password",
                link: sender.link("reset-password", token),
                expires_at: readable(*expires_at),
            }),
            MailMessage::ConfirmEmail { token, first_name, expires_at } => Self::action(&ActionMail {
                subject: "Please confirm your new e-mail address",
                first_name: one_line(first_name),
                request: "your account is to move to this e-mail address.",
                call: "To confirm it, open this link",
                button: "Confirm the new address",
                link: sender.link("confirm-email", token),
                expires_at: readable(*expires_at),
            }),
            MailMessage::EmailChangeRequested { first_name, new_email } => Self::notice(&Notice {
                subject: "Your account is to move to another e-mail address",
                first_name: one_line(first_name),
                news: format!("somebody with your password asked to move your account to {new_email}."),
                advice: "If it was not you, change your password now: that stops the move.",
            }),
            MailMessage::EmailChanged { first_name, new_email } => Self::notice(&Notice {
                subject: "Your account has moved to another e-mail address",
                first_name: one_line(first_name),
                news: format!("your account has moved to {new_email}. This address is no longer in use."),
                advice: "If it was not you, contact the operator of this service.",
            }),
            MailMessage::Invitation { token, organization, inviter, role, message, expires_at } => {
                Self::invitation(&Invitation {
                    inviter: one_line(inviter),
                    organization: one_line(organization),
                    role: one_line(role),
                    words: message.as_deref().map(lines).unwrap_or_default(),
                    link: sender.link("accept-invitation", token),
                    expires_at: readable(*expires_at),
                })
            }
        };
        written.map_err(|error| MailError::Permanent(format!("the letter cannot be written: {error}")))
    }

    fn action(letter: &ActionMail) -> askama::Result<Self> {
        Ok(Self {
            subject: letter.subject.to_owned(),
            text: wrap(&ActionText { letter }.render()?),
            html: ActionHtml { letter }.render()?,
        })
    }

    fn notice(letter: &Notice) -> askama::Result<Self> {
        Ok(Self {
            subject: letter.subject.to_owned(),
            text: wrap(&NoticeText { letter }.render()?),
            html: NoticeHtml { letter }.render()?,
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

impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedMail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

fn readable(moment: Timestamp) -> String {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.as_offset().format(minutes).unwrap_or_else(|_| moment.to_string())
}
