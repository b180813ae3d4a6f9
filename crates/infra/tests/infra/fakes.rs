//! Ids, times, tokens and mails that the tests control.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bailiwick_app::{AccessClaims, MailMessage, MailSecret, OutgoingMail, OwnMail};
use bailiwick_infra::{JwtKeys, JwtTokens, TokenParties};
use bailiwick_kernel::{Email, IdSource, PlainToken, SessionId, Timestamp, TokenKind, UserId};
use time::Duration;
use time::macros::datetime;
use uuid::Uuid;

/// A time with a fraction of a second, so that a missing truncation is noticed.
pub fn now() -> Timestamp {
    Timestamp::new(datetime!(2026-01-02 03:04:05.678_901 UTC))
}

/// A source of ids and secrets, each greater than the one before.
#[derive(Default)]
pub struct CountingIds(AtomicU8);

impl CountingIds {
    fn next(&self) -> u8 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl IdSource for CountingIds {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u128(0x0198_c5a0_7d3e_7000_8000_0000_0000_0000 + u128::from(self.next()))
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.next());
    }
}

/// Access tokens of these keys, without issuer and audience.
pub fn tokens(keys: JwtKeys) -> JwtTokens {
    JwtTokens::new(keys, TokenParties::default(), Arc::new(CountingIds::default())).unwrap()
}

/// The claims of a token that is valid for a minute.
pub fn claims() -> AccessClaims {
    let ids = CountingIds::default();
    AccessClaims {
        user: UserId::generate(&ids, now()),
        session: SessionId::generate(&ids, now()),
        issued_at: now(),
        expires_at: now() + Duration::minutes(1),
    }
}

pub const PUBLIC_URL: &str = "https://id.example.org/auth/";

/// Returns the secret at the end of the link in every mail of these tests.
pub fn secret() -> String {
    PlainToken::generate(TokenKind::Invitation, &CountingIds::default()).reveal().to_owned()
}

fn mail_secret() -> MailSecret {
    MailSecret::from(&PlainToken::generate(TokenKind::Invitation, &CountingIds::default()))
}

pub fn verification(first_name: &str) -> MailMessage {
    let expires_at = now() + Duration::hours(24);
    MailMessage::VerifyEmail { token: mail_secret(), first_name: first_name.to_owned(), expires_at }
}

pub fn invitation(inviter: &str, organization: &str, message: Option<&str>) -> MailMessage {
    MailMessage::Invitation {
        token: mail_secret(),
        organization: organization.to_owned(),
        inviter: inviter.to_owned(),
        role: "Editor".to_owned(),
        message: message.map(ToOwned::to_owned),
        expires_at: now() + Duration::hours(48),
    }
}

pub fn outgoing(message: MailMessage) -> OutgoingMail {
    OutgoingMail::new(Email::parse("ada@example.com").unwrap(), message, &CountingIds::default(), now())
}

/// Returns a mail of an embedding program.
pub fn own() -> MailMessage {
    let text = "Hello Ada,\n\nyou get 12 EUR back for <invoice> 7:\nhttps://shop.example/invoices/7";
    MailMessage::Own(OwnMail::new("invoice_refunded", "Invoice 7 was refunded", text).unwrap())
}

/// Returns a message of each kind.
pub fn every_kind() -> Vec<MailMessage> {
    let (first_name, new_email) = ("Ada".to_owned(), "ada@new.example".to_owned());
    let in_an_hour = now() + Duration::hours(1);
    let tomorrow = now() + Duration::hours(24);
    let token = mail_secret;
    vec![
        verification("Ada"),
        MailMessage::ResetPassword { token: token(), first_name: first_name.clone(), expires_at: in_an_hour },
        MailMessage::ConfirmEmail { token: token(), first_name: first_name.clone(), expires_at: tomorrow },
        MailMessage::EmailChangeRequested { first_name: first_name.clone(), new_email: new_email.clone() },
        MailMessage::EmailChanged { first_name, new_email },
        invitation("Grace Hopper", "Navy", Some("Come aboard!\n\nWe sail on Monday.\n")),
        own(),
    ]
}
