//! Secrets are stored as hashes.

use std::time::Duration;

use bailiwick_testkit::app::{Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;

use crate::logins::{PASSWORD, log_in, mail_to, refresh, reset_token};

on_every_engine!(tables_hold_no_plain_secret);

async fn tables_hold_no_plain_secret(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let setup = crate::setup::plant(&app, 7, 30).await;
    let used = crate::setup::set_up(&app, &setup, "root@example.com").await.is(201);
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for("ada@example.com").await;
    ada.invite("bob@example.com", "guest").await.is(200);
    let invitation = app.post.secret_for("bob@example.com").await;
    let (later, first) = log_in(&app, "ada@example.com").await;
    let renewed = refresh(&app, &first).await.is(200);
    let reset = reset_token(&app, "ada@example.com").await;
    let asked = later.change_email("new@example.com", PASSWORD).await.is(202);
    let change = app.post.secret_for("new@example.com").await;
    let unused = crate::setup::plant(&app, 8, 30).await;
    let (access, next) = (renewed.text_of("/access_token"), renewed.text_of("/refresh_token"));
    let secrets = [
        setup,
        unused,
        verification,
        invitation,
        first,
        next,
        access,
        reset,
        change,
        ada.token.clone(),
        later.token.clone(),
        PASSWORD.to_owned(),
    ];
    sent_mail_is_emptied(app.database_url()).await;
    let dump = sql::dump(app.database_url()).await;
    assert!(dump.contains("ada@example.com"), "the dump is one");
    let mut answers = vec![used.text, asked.text];
    for reply in [ada.me().await, ada.sessions().await, ada.invitations().await] {
        answers.push(reply.is(200).text);
    }
    for secret in secrets {
        assert!(!dump.contains(&secret), "a secret is in a table");
        assert!(answers.iter().all(|answer| !answer.contains(&secret)), "a secret is in an answer");
    }
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_change_requested"]);
}

/// Waits until delivered mail is recorded as sent, which removes its secret.
pub async fn sent_mail_is_emptied(url: &str) {
    let full = "SELECT recipient FROM outbox WHERE payload IS NOT NULL";
    for _ in 0..1000 {
        if sql::rows(url, full).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a sent mail keeps its content");
}
