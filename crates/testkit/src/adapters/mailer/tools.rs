//! Mails, for the cases of this suite.

use bailiwick_app::{MailMessage, MailSecret, OutgoingMail, OwnMail};
use bailiwick_kernel::{Email, Language, PlainToken, Timestamp, TokenKind};
use time::Duration;

use super::{Fixture, Received};
use crate::{ManualClock, SeededIds};

pub fn now() -> Timestamp {
    ManualClock::start()
}

/// Makes mails, each with an identity of its own.
#[derive(Default)]
pub struct MailFactory(SeededIds);

impl MailFactory {
    pub fn mail(&self, to: &str, message: MailMessage) -> OutgoingMail {
        OutgoingMail::new(Email::parse(to).unwrap(), message, &self.0, now())
    }

    fn secret(&self) -> MailSecret {
        MailSecret::from(&PlainToken::generate(TokenKind::Invitation, &self.0))
    }

    pub fn verification(&self, first_name: &str) -> MailMessage {
        let expires_at = now() + Duration::DAY;
        MailMessage::VerifyEmail { token: self.secret(), first_name: first_name.to_owned(), expires_at }
    }

    pub fn invitation(&self, inviter: &str, organization: &str, message: Option<&str>) -> MailMessage {
        MailMessage::Invitation {
            token: self.secret(),
            organization: organization.to_owned(),
            inviter: inviter.to_owned(),
            role: "Editor".to_owned(),
            message: message.map(str::to_owned),
            expires_at: now() + Duration::DAY,
        }
    }

    /// Returns a message of each kind of the product.
    pub fn every_kind(&self) -> Vec<MailMessage> {
        let (first_name, new_email) = ("Ada".to_owned(), "ada@new.example".to_owned());
        let expires_at = now() + Duration::DAY;
        vec![
            self.verification("Ada"),
            MailMessage::ResetPassword { token: self.secret(), first_name: first_name.clone(), expires_at },
            MailMessage::ConfirmEmail { token: self.secret(), first_name: first_name.clone(), expires_at },
            MailMessage::EmailChangeRequested {
                first_name: first_name.clone(),
                new_email: new_email.clone(),
            },
            MailMessage::EmailChanged { first_name, new_email },
            self.invitation("Grace Hopper", "Navy", Some("Come aboard!")),
        ]
    }
}

/// Returns a mail of an embedding program.
pub fn own(subject: &str, text: &str) -> MailMessage {
    MailMessage::Own(OwnMail::new("invoice_refunded", subject, text).unwrap())
}

pub fn in_languages(mail: OutgoingMail, tags: &[&str]) -> OutgoingMail {
    mail.in_languages(tags.iter().map(|tag| Language::parse(tag).unwrap()))
}

impl dyn Fixture {
    /// Delivers a mail.
    pub(super) async fn deliver(&self, mail: &OutgoingMail) {
        self.mailer().deliver(mail).await.expect("the mail is delivered");
    }

    /// Delivers a mail, and returns it as the newest one that was received.
    pub(super) async fn delivered(&self, mail: &OutgoingMail) -> Received {
        let before = self.received().await;
        self.deliver(mail).await;
        let mut new = self.received().await;
        new.retain(|received| !before.contains(received));
        assert_eq!(new.len(), 1, "one mail is received");
        new.remove(0)
    }
}
