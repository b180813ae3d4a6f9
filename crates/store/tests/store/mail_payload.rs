//! The stored form of mail, which releases before and after this one read.

use bailiwick_app::{MailMessage, MailSecret, OutgoingMail};
use bailiwick_kernel::{Email, Language, PlainToken, TokenKind};
use bailiwick_testkit::app::sql;
use bailiwick_testkit::mail_claim;

use crate::fixture::{Fixture, at};

#[tokio::test]
async fn a_mail_that_an_earlier_release_stored_is_read() {
    for f in Fixture::all().await {
        let mail = german_mail(&f).await;
        let old = serde_json::to_string(&mail.message).unwrap();
        f.operator(&format!("UPDATE outbox SET payload = '{old}'")).await;
        let expected = OutgoingMail { languages: Vec::new(), ..mail };
        assert_eq!(claimed(&f).await, [expected]);
    }
}

#[tokio::test]
async fn an_earlier_release_reads_a_mail_that_names_languages() {
    for f in Fixture::all().await {
        let mail = german_mail(&f).await;
        let rows = sql::rows(&f.url, "SELECT payload FROM outbox").await;
        assert!(rows[0].contains("de-AT"), "{rows:?}");
        assert_eq!(serde_json::from_str::<MailMessage>(&rows[0]).unwrap(), mail.message);
        assert_eq!(claimed(&f).await, [mail]);
    }
}

#[tokio::test]
async fn a_mail_of_a_kind_that_a_newer_release_added_waits_for_it() {
    for f in Fixture::all().await {
        let mail = german_mail(&f).await;
        let known = sql::rows(&f.url, "SELECT payload FROM outbox").await.remove(0);
        f.operator(r#"UPDATE outbox SET payload = '{"kind":"of_the_future"}'"#).await;
        let other = german_mail(&f).await;
        assert_eq!(claimed(&f).await, [other], "it holds up no other");
        f.operator(&format!("UPDATE outbox SET payload = '{known}' WHERE payload LIKE '%of_the_future%'"))
            .await;
        assert_eq!(claimed_at(&f, 9).await[0], mail, "it is due again, with no attempt counted");
    }
}

async fn german_mail(f: &Fixture) -> OutgoingMail {
    let token = MailSecret::from(&PlainToken::generate(TokenKind::EmailVerification, &f.ids));
    let message = MailMessage::VerifyEmail { token, first_name: "Ada".to_owned(), expires_at: at(60) };
    let to = Email::parse("ada@example.org").unwrap();
    let languages = [Language::parse("de-AT").unwrap()];
    let mail = OutgoingMail::new(to, message, &f.ids, at(0)).in_languages(languages);
    let mut tx = f.store.begin().await.unwrap();
    tx.outbox().enqueue(&mail, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    mail
}

async fn claimed(f: &Fixture) -> Vec<OutgoingMail> {
    claimed_at(f, 1).await
}

/// Claims all mail that is due at this second, for eight seconds.
async fn claimed_at(f: &Fixture, second: i64) -> Vec<OutgoingMail> {
    let mut tx = f.store.begin().await.unwrap();
    let claimed = tx.outbox().claim(&mail_claim(at(second), at(second + 8), 10)).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}
