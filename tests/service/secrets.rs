//! Secrets are stored hashed; and a way to reach under the service, as an
//! operator with a database shell does.

use std::time::Duration;

use bailiwick_testkit::app::{Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

/// Runs a statement directly on the database.
pub async fn execute(url: &str, statement: &str) {
    sql::execute(url, statement).await;
}

on_every_engine!(tables_hold_no_plain_secret);

async fn tables_hold_no_plain_secret(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for("ada@example.com").await;
    let role = ada.role_id(&ada.org, "guest").await;
    ada.post("/auth/invite", json!({ "email": "bob@example.com", "org_id": ada.org, "role_id": role }))
        .await
        .is(200);
    let invitation = app.post.secret_for("bob@example.com").await;
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
    let refresh = app.anyone().post("/auth/login", login).await.is(200).text_of("/refresh_token");
    sent_mail_is_emptied(app.database_url()).await;
    let dump = sql::dump(app.database_url()).await;
    assert!(dump.contains("ada@example.com"), "the dump is one");
    for secret in [verification.as_str(), &invitation, &refresh, &ada.token, "correct horse battery"] {
        assert!(!dump.contains(secret), "a secret is in a table");
    }
}

/// Waits until what was delivered is noted as sent, which empties it.
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
