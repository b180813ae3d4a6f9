//! The page that creates an account.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use super::browser::Browser;

const FIELDS: [(&str, &str); 5] = [
    ("first_name", "Ada"),
    ("last_name", "Lovelace"),
    ("email", "ada@example.com"),
    ("password", "correct horse battery"),
    ("organization_name", "Analytical Engines"),
];

on_every_engine!(a_person_signs_up);

async fn a_person_signs_up(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let page = browser.open("/sign-up").await.page(200, "Create an account");
    for label in ["First name", "Last name", "Email", "Password", "Organization name"] {
        assert!(page.text.contains(&format!(">{label}</label>")), "{label}");
    }
    let refused = browser.submit("/sign-up", &[("first_name", "<i>Ada"), ("password", "short")]).await;
    let refused = refused.page(422, "Create an account").says("Please check the marked fields");
    let refused = refused.errs_at("email", "A value is required.");
    refused.errs_at("password", "A password has at least 8 characters.").says("<i>Ada").says_not("short\"");
    browser.submit("/sign-up", &FIELDS).await;
    let ada = app.log_in("ada@example.com").await;
    let me = ada.get("/auth/me").await.is(200);
    assert_eq!(me.field("/organizations/0/name"), "Analytical Engines");
    let taken = browser.submit("/sign-up", &FIELDS).await.page(409, "Create an account");
    taken.says("Email already registered").says("Log in instead, or sign up with another address.");
}

on_every_engine!(what_may_be_left_out_may_be_left_out);

async fn what_may_be_left_out_may_be_left_out(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let mut fields = FIELDS;
    (fields[1].1, fields[4].1) = ("", "");
    browser.submit("/sign-up", &fields).await;
    let me = app.log_in("ada@example.com").await.get("/auth/me").await.is(200);
    assert_eq!(
        (me.field("/full_name"), me.field("/organizations/0/name")),
        (json!("Ada"), json!("Ada's organization"))
    );
}

on_every_engine!(where_addresses_are_verified_no_account_is_revealed);

async fn where_addresses_are_verified_no_account_is_revealed(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    let browser = Browser::of(&app);
    let first = browser.submit("/sign-up", &FIELDS).await.page(200, "Check your mail");
    let token = app.post.secret_for("ada@example.com").await;
    browser.submit("/verify-email", &[("token", &token)]).await.page(200, "Email confirmed");
    let again = browser.submit("/sign-up", &FIELDS).await.page(200, "Check your mail");
    assert_eq!(first.text, again.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limits_of_the_api_hold() {
    let app =
        TestApp::start_with(&Engine::Sqlite, TestAppOptions { throttle: true, ..TestAppOptions::default() })
            .await;
    let browser = Browser::of(&app);
    for _ in 0..3 {
        let sent = browser.submit("/forgot-password", &[("email", "ada@example.com")]).await;
        sent.page(200, "Forgot password");
    }
    let refused = browser.submit("/forgot-password", &[("email", "ada@example.com")]).await;
    let refused = refused.page(429, "Forgot password").says("Rate limit exceeded.");
    assert!(!refused.header("retry-after").is_empty());
    app.anyone().post("/auth/forgot-password", json!({ "email": "ada@example.com" })).await.is(429);
}
