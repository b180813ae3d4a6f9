//! Waiting mail shows no secret, wherever a database stores it.

use std::path::Path;

use bailiwick::infra::JwtKeys;
use bailiwick_testkit::app::{Engine, SECRET, TestApp, TestAppOptions, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use crate::logins::{PASSWORD, all_mail_is_sent, root};
use crate::platform::all_mail_is_tried;

on_every_engine!(no_secret_is_readable_before_or_after_it_was_sent);

async fn no_secret_is_readable_before_or_after_it_was_sent(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut secrets = vec![app.post.secret_for("ada@example.com").await];
    all_mail_is_sent(&app).await;
    app.post.fail_temporarily();
    ada.invite("bob@example.com", "guest").await.is(200);
    app.anyone().forgot_password("ada@example.com").await.is(200);
    ada.change_email("new@example.com", PASSWORD).await.is(202);
    all_mail_is_tried(&app).await;
    let before = everything(app.database_url()).await;
    assert!(before.contains("sealed:"), "what waits is among it");

    app.post.recover();
    app.clock.advance(Duration::minutes(1));
    for email in ["bob@example.com", "ada@example.com", "new@example.com"] {
        secrets.push(app.post.secret_for(email).await);
    }
    all_mail_is_sent(&app).await;
    let after = everything(app.database_url()).await;
    for secret in &secrets {
        assert!(!before.contains(secret), "{} is readable while it waits", &secret[..4]);
        assert!(!after.contains(secret), "{} is readable after it was sent", &secret[..4]);
    }
}

/// All rows, and for SQLite all bytes of the file, its free pages and the files next to it.
async fn everything(url: &str) -> String {
    let mut everything = sql::dump(url).await;
    if let Some(path) = url.strip_prefix("sqlite:") {
        for file in Path::new(path).parent().unwrap().read_dir().unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            everything.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    everything
}

fn new_secret() -> JwtKeys {
    JwtKeys::hs256(b"the next secret of the tests, long enough").unwrap()
}

fn both_secrets() -> JwtKeys {
    new_secret().with_previous(&JwtKeys::hs256(SECRET).unwrap()).unwrap()
}

fn with(keys: fn() -> JwtKeys) -> TestAppOptions {
    TestAppOptions { keys, ..TestAppOptions::default() }
}

on_every_engine!(mail_that_waited_goes_out_with_the_key_before);

async fn mail_that_waited_goes_out_with_the_key_before(engine: Engine) {
    let mut app = TestApp::start(&engine).await;
    root(&app).await;
    all_mail_is_sent(&app).await;
    app.post.fail_temporarily();
    app.sign_up("ada").await;
    all_mail_is_tried(&app).await;

    app.restart_with(with(new_secret)).await;
    app.post.recover();
    app.clock.advance(Duration::minutes(1));
    let root = app.log_in("root@example.com").await;
    let sealed = "the link of the mail is sealed with another server key than this node has";
    let failed = format!("SELECT recipient FROM outbox WHERE last_error = '{sealed}'");
    let is_failed = async {
        while sql::rows(app.database_url(), &failed).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), is_failed).await.expect("the mail is tried");
    let listed = root.outbox_by("status=waiting").await.is(200);
    assert_eq!(listed.field("/items/0/last_error"), sealed);
    assert_eq!(app.post.take_for("ada@example.com"), []);

    app.restart_with(with(both_secrets)).await;
    app.clock.advance(Duration::minutes(10));
    let token = app.post.secret_for("ada@example.com").await;
    app.anyone().verify_email(&token).await.is(200);
}

on_every_engine!(an_unsent_mail_is_sent_at_once);

/// The clock does not move, so nothing becomes due by itself.
async fn an_unsent_mail_is_sent_at_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    all_mail_is_sent(&app).await;
    app.post.fail_permanently();
    app.sign_up("given-up").await;
    all_mail_is_tried(&app).await;
    app.post.fail_temporarily();
    let ada = app.sign_up("ada").await;
    all_mail_is_tried(&app).await;
    app.post.recover();
    for (status, prefix, email) in
        [("failed", "", "given-up@example.com"), ("waiting", "/api", "ada@example.com")]
    {
        let listed = root.outbox_by(&format!("status={status}")).await.is(200);
        let path = format!("{prefix}/platform/outbox/{}/send", listed.text_of("/items/0/id"));
        let refused = ada.post(&path, json!({})).await;
        refused.refuses(403, "Access denied. Required: platform administrator");
        app.anyone().post(&path, json!({})).await.refuses(401, "Missing authentication credentials");
        assert_eq!(app.post.take_for(email), []);
        let sent = root.send(root.request(reqwest::Method::POST, &path)).await.is(202);
        assert!(sent.field("/message").is_string(), "{}", sent.text);
        let token = app.post.secret_for(email).await;
        app.anyone().verify_email(&token).await.is(200);
        is_recorded_as_sent(&app, email).await;
        let again = root.post(&path, json!({})).await.refuses(404, "Mail not found");
        assert_eq!(again.field("/code"), "mail_not_found");
    }
    for unknown in [root.org.as_str(), "x"] {
        root.send_mail(unknown).await.refuses(404, "Mail not found");
    }
}

async fn is_recorded_as_sent(app: &TestApp, email: &str) {
    let unsent = format!("SELECT recipient FROM outbox WHERE sent_at IS NULL AND recipient = '{email}'");
    let is_sent = async {
        while !sql::rows(app.database_url(), &unsent).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), is_sent).await.expect("the mail is sent");
}

on_every_engine!(a_mail_that_was_given_up_gets_one_attempt);

async fn a_mail_that_was_given_up_gets_one_attempt(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    all_mail_is_sent(&app).await;
    app.post.fail_permanently();
    app.sign_up("ada").await;
    all_mail_is_tried(&app).await;
    let listed = root.outbox_by("status=failed").await.is(200);
    root.send_mail(&listed.text_of("/items/0/id")).await.is(202);
    let tried_twice = "SELECT recipient FROM outbox WHERE attempts = 2";
    let is_tried = async {
        while sql::rows(app.database_url(), tried_twice).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), is_tried).await.expect("the mail is tried");
    let listed = root.outbox_by("search=ada").await.is(200);
    assert_eq!(
        (listed.field("/items/0/status"), listed.field("/items/0/due_at")),
        (json!("failed"), json!(null))
    );
}
