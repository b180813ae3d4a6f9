//! The pages behind the links of mails, and the one that asks for a link.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;
use time::Duration;

use super::browser::Browser;
use crate::logins::{PASSWORD, reset_token};

/// Opens a link as its pages and programs may: nothing changes.
async fn look_at(browser: &Browser, path: &str) {
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let answer = browser.request(method, path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
    }
}

on_every_engine!(the_link_of_a_mail_confirms_an_address);

async fn the_link_of_a_mail_confirms_an_address(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let token = app.post.secret_for(&ada.email).await;
    look_at(&browser, "/verify-email").await;
    let page = browser.open("/verify-email").await.page(200, "Confirm your email").says("Confirm email");
    let page = page.says("This page needs JavaScript");
    assert_eq!(page.hidden("token"), "");
    assert_eq!(ada.get("/auth/me").await.field("/email_verified"), false);
    for bad in ["ver_x", "rst_x", &format!("ver_{}", "A".repeat(43))] {
        let refused = browser.submit("/verify-email", &[("token", bad)]).await;
        let refused = refused.page(400, "Confirm your email").says("Invalid or expired verification token");
        let refused = refused.says("Use the newest link before it expires").says("Send a new link");
        refused.says_not(bad);
    }
    browser.submit("/verify-email", &[]).await.page(422, "Confirm your email");
    let done = browser.submit("/verify-email", &[("token", &token)]).await;
    done.page(200, "Email confirmed").says("ada@example.com").says_not(&token);
    assert_eq!(ada.get("/auth/me").await.field("/email_verified"), true);
    // As by the API, the same link may be opened again.
    browser.submit("/verify-email", &[("token", &token)]).await.page(200, "Email confirmed");
}

on_every_engine!(another_link_is_sent_on_request);

async fn another_link_is_sent_on_request(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let first = app.post.secret_for(&ada.email).await;
    app.clock.advance(Duration::hours(24));
    browser.submit("/verify-email", &[("token", &first)]).await.page(400, "Confirm your email");
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let sent = browser.submit("/resend-verification", &[("email", email)]).await;
        answers.push(sent.page(200, "Check your mail").text);
    }
    assert_eq!(answers[0], answers[1], "an account is not revealed");
    let second = app.post.secret_for(&ada.email).await;
    browser.submit("/verify-email", &[("token", &second)]).await.page(200, "Email confirmed");
    let refused = browser.submit("/resend-verification", &[("email", "<b>")]).await;
    refused
        .page(422, "Confirm your email")
        .errs_at("email", "This is not an e-mail address.")
        .says_not("<b>");
}

on_every_engine!(a_forgotten_password_is_replaced);

async fn a_forgotten_password_is_replaced(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    app.post.secret_for(&ada.email).await;
    browser.open("/forgot-password").await.page(200, "Forgot password").says("Send reset link");
    let mut answers = Vec::new();
    for email in ["nobody@example.com", &ada.email] {
        let sent = browser.submit("/forgot-password", &[("email", email)]).await;
        answers.push(sent.page(200, "Forgot password").says("If the address belongs to an account").text);
    }
    assert_eq!(answers[0], answers[1], "an account is not revealed");
    browser
        .submit("/forgot-password", &[])
        .await
        .page(422, "Forgot password")
        .errs_at("email", "A value is required.");

    let token = app.post.secret_for(&ada.email).await;
    look_at(&browser, "/reset-password").await;
    browser.open("/reset-password").await.page(200, "Set a new password").says("Set password");
    for (password, error) in [
        ("short", "A password has at least 8 characters."),
        ("password", "This password is on the list of the most common ones; choose another."),
        ("", "A value is required."),
    ] {
        let refused = browser.submit("/reset-password", &[("token", &token), ("password", password)]).await;
        let refused = refused.page(422, "Set a new password").errs_at("password", error);
        // The person tries again with the same link. No password is sent back.
        assert_eq!(refused.hidden("token"), token);
        refused.says_not("value=\"short\"");
    }
    let fields = [("token", token.as_str()), ("password", "another long one")];
    browser.submit("/reset-password", &fields).await.page(200, "Password set");
    assert_eq!(app.anyone().try_log_in(&ada.email, PASSWORD).await.status, 401);
    assert_eq!(app.anyone().try_log_in(&ada.email, "another long one").await.status, 200);
    let used = browser.submit("/reset-password", &fields).await.page(400, "Set a new password");
    let used =
        used.says("Invalid or expired reset token").says("Use the newest link, once and before it expires");
    assert!(used.text.contains("href=\"/forgot-password\""), "{}", used.text);
}

on_every_engine!(a_replaced_or_expired_link_sets_no_password);

async fn a_replaced_or_expired_link_sets_no_password(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let former = reset_token(&app, &ada.email).await;
    let newest = reset_token(&app, &ada.email).await;
    let set = async |token: &str| {
        let fields = [("token", token), ("password", "another long one")];
        browser.submit("/reset-password", &fields).await
    };
    set(&former).await.page(400, "Set a new password");
    app.clock.advance(Duration::minutes(60));
    set(&newest).await.page(400, "Set a new password");
}

on_every_engine!(a_new_address_is_confirmed);

async fn a_new_address_is_confirmed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let change = json!({ "new_email": "ada@new.example", "password": PASSWORD });
    ada.post("/auth/change-email", change).await.is(202);
    let token = app.post.secret_for("ada@new.example").await;
    look_at(&browser, "/confirm-email").await;
    browser.open("/confirm-email").await.page(200, "Confirm your new email").says("Confirm email");
    let refused = browser.submit("/confirm-email", &[("token", "eml_x")]).await;
    refused.page(400, "Confirm your new email").says("Invalid or expired confirmation token");
    assert_eq!(ada.get("/auth/me").await.field("/email"), "ada@example.com");
    let done = browser.submit("/confirm-email", &[("token", &token)]).await;
    done.page(200, "Email confirmed").says("ada@new.example");
    assert_eq!(ada.get("/auth/me").await.field("/email"), "ada@new.example");
}
