//! No response reveals whether an address has an account: status, headers and body are equal, byte for
//! byte.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};

use crate::logins::{PASSWORD, mail_to, whole};

/// The response to a request with a fixed request id.
async fn answer(app: &TestApp, path: &str, body: Value) -> String {
    let anyone = app.anyone();
    let request = anyone.request(Method::POST, path).header("x-request-id", "the-same");
    whole(&anyone.send(request.json(&body)).await)
}

/// Asserts that all addresses get the same response.
async fn alike(app: &TestApp, path: &str, body: impl Fn(&str) -> Value, status: u16) {
    let mut answers = Vec::new();
    for name in ["known", "off", "verified", "pending", "nobody"] {
        answers.push(answer(app, path, body(&format!("{name}@example.com"))).await);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{path}: {answers:#?}");
    assert!(answers[0].starts_with(&status.to_string()), "{}", answers[0]);
}

fn account(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "first_name": "A", "last_name": "B" })
}

async fn verified(app: &TestApp, email: &str) {
    app.anyone().post("/auth/signup", account(email, PASSWORD)).await;
    let token = app.post.secret_for(email).await;
    app.anyone().verify_email(&token).await.is(200);
}

on_every_engine!(answers_are_alike_for_known_and_unknown);

async fn answers_are_alike_for_known_and_unknown(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("known").await;
    app.sign_up("off").await.deactivate_me().await.is(200);
    verified(&app, "verified@example.com").await;
    alike(&app, "/auth/login", |email| json!({ "email": email, "password": "wrong horse battery" }), 401)
        .await;
    for path in ["/auth/forgot-password", "/auth/resend-verification"] {
        alike(&app, path, |email| json!({ "email": email }), 200).await;
    }
}

on_every_engine!(answers_are_alike_where_verification_is_required);

async fn answers_are_alike_where_verification_is_required(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    for name in ["known", "off", "verified"] {
        verified(&app, &format!("{name}@example.com")).await;
    }
    app.log_in("off@example.com").await.deactivate_me().await.is(200);
    app.anyone().post("/auth/signup", account("pending@example.com", PASSWORD)).await.is(202);
    for email in ["known@example.com", "pending@example.com"] {
        mail_to(&app, email).await;
    }
    let wrong = |email: &str| json!({ "email": email, "password": "wrong horse battery" });
    alike(&app, "/auth/login", wrong, 401).await;
    for path in ["/auth/forgot-password", "/auth/resend-verification"] {
        alike(&app, path, |email| json!({ "email": email }), 200).await;
    }
    alike(&app, "/auth/signup", |email| account(email, "another password"), 202).await;
    alike(&app, "/auth/signup", |email| account(email, "short"), 422).await;
    assert_eq!(mail_to(&app, "off@example.com").await, [""; 0], "nothing goes to who is switched off");
    let known = app.log_in("known@example.com").await;
    known.me().await.is(200);
}
