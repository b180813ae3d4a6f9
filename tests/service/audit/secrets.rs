//! The audit trail contains no secret and no hash of one (CVE-2025-47870).

use bailiwick_testkit::app::{Caller, Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use super::trail::promoted;

on_every_engine!(no_row_holds_a_secret);

async fn no_row_holds_a_secret(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    let password = "planted horse battery";
    let account = |name: &str| {
        let email = format!("{name}@example.com");
        json!({ "email": email, "password": password, "first_name": name, "last_name": "T" })
    };
    let org = anyone.post("/auth/signup", account("ada")).await.is(201).text_of("/organization/id");
    let verification = app.post.secret_for("ada@example.com").await;
    anyone.resend_verification("ada@example.com").await.is(200);
    let newer = app.post.secret_for("ada@example.com").await;
    anyone.verify_email(&newer).await.is(200);
    let login = anyone.try_log_in("ada@example.com", password).await.is(200);
    let (access, refresh) = (login.text_of("/access_token"), login.text_of("/refresh_token"));
    let ada = Caller { email: "ada@example.com".to_owned(), ..anyone.with_token(&access) };
    let role = ada.in_org(&org).role_id("guest").await;
    let invite =
        json!({ "email": "bob@example.com", "org_id": org, "role_id": role, "message": "planted word" });
    ada.post("/auth/invite", invite.clone()).await.is(200);
    let superseded = app.post.secret_for("bob@example.com").await;
    ada.post("/auth/invite", invite).await.is(200);
    let invitation = app.post.secret_for("bob@example.com").await;
    let mut body = account("bob");
    body["token"] = json!(invitation);
    anyone.post("/auth/signup-invite", body).await.is(201);
    let ada = promoted(&app, ada).await;

    let shown = ada.platform_audit_by("limit=100").await.is(200);
    assert!(shown.field("/items").as_array().unwrap().len() > 8);
    let all = "SELECT concat_ws(' ', action, before_values, after_values, request_id, ip) FROM audit_log";
    let stored = sql::rows(app.database_url(), all).await.join("\n");
    assert!(stored.contains("account.sign_up") && stored.contains("invitation.accept"), "all rows are there");
    let mut secrets = vec![verification, newer, access, refresh, superseded, invitation, password.to_owned()];
    secrets.push("planted word".to_owned());
    let hex = |column: &str| match &engine {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres { .. } => format!("encode({column}, 'hex')"),
    };
    for (column, table) in [
        ("password_hash".to_owned(), "users"),
        (hex("hash"), "refresh_tokens"),
        (hex("token_hash"), "invitations"),
    ] {
        let found = sql::rows(app.database_url(), &format!("SELECT {column} FROM {table}")).await;
        assert!(!found.is_empty() && found.iter().all(|text| text.len() > 8), "{table}: {found:?}");
        secrets.extend(found);
    }
    for secret in secrets {
        assert!(!shown.text.contains(&secret), "a secret is shown");
        assert!(!stored.contains(&secret), "a secret is stored");
    }
}
