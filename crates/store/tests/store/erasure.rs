//! Deleted data is overwritten in the file, not only deleted from the tables.

use bailiwick_app::{Delivery, MailMessage, MailSecret, OutgoingMail};
use bailiwick_kernel::{Email, PlainToken, TokenKind};

use crate::fixture::{Fixture, at};

#[tokio::test]
async fn what_a_mail_said_is_overwritten_once_it_was_sent() {
    let f = Fixture::sqlite().await;
    let token = PlainToken::generate(TokenKind::EmailVerification, &f.ids);
    let secret = MailSecret::from(&token);
    let message =
        MailMessage::VerifyEmail { token: secret, first_name: "Ada".to_owned(), expires_at: at(60) };
    let mail = OutgoingMail::new(Email::parse("ada@example.org").unwrap(), message, &f.ids, at(0));
    let mut tx = f.store.begin().await.unwrap();
    tx.outbox().enqueue(&mail, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(holds(&f, token.reveal()).await, "it is looked for where it was");

    let mut tx = f.store.begin().await.unwrap();
    tx.outbox().record_delivery(&mail, &Delivery::Sent(at(1))).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!holds(&f, token.reveal()).await);
}

/// Whether the file contains these bytes after a checkpoint.
async fn holds(f: &Fixture, text: &str) -> bool {
    f.operator("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let bytes = std::fs::read(f.url.strip_prefix("sqlite:").unwrap()).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
