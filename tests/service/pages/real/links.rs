//! From the links of mails: a forgotten password, a new address, and links that no longer work.

use bailiwick_testkit::app::{Engine, TestApp};
use serde_json::json;
use time::Duration;

use super::driver::Driver;
use crate::logins::{PASSWORD, reset_token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_forgotten_password_to_a_new_one() {
    let Some(browser) = Driver::or_left_out("a forgotten password in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    app.post.secret_for(&ada.email).await;
    browser.open(&format!("{}/sign-in", app.base)).await;
    browser.press("Forgot password?").await;
    browser.shows("Forgot password").await;
    browser.shoot("forgot-password").await;
    browser.write("Email", &ada.email).await;
    browser.press("Send reset link").await;
    browser.says("If the address belongs to an account").await;
    browser.shoot("forgot-password-sent").await;
    let token = app.post.secret_for(&ada.email).await;
    // The session of this browser ends with the former password.
    browser.open(&format!("{}/sign-in", app.base)).await;
    browser.sign_in(&ada.email).await;
    browser.shows("Organizations").await;
    let link = format!("{}/reset-password#token={token}", app.base);
    browser.open(&link).await;
    browser.shows("Set a new password").await;
    browser.shoot("reset-password").await;
    browser.write("New password", "password").await;
    browser.press("Set password").await;
    browser.says("This password is on the list of the most common ones").await;
    browser.shoot("reset-password-refused").await;
    browser.write("New password", "another long one").await;
    browser.press("Set password").await;
    browser.shows("Password set").await;
    browser.shoot("password-set").await;
    assert_eq!(browser.run("return document.querySelector('nav')").await, json!(null), "signed out");
    is_refused(&browser, &link).await;
    browser.shoot("reset-link-refused").await;
    assert_eq!(app.anyone().try_log_in(&ada.email, "another long one").await.status, 200);
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_replaced_or_has_expired_says_so() {
    let Some(browser) = Driver::or_left_out("old links in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let link = |token: String| format!("{}/reset-password#token={token}", app.base);
    let former = link(reset_token(&app, &ada.email).await);
    let newest = link(reset_token(&app, &ada.email).await);
    is_refused(&browser, &former).await;
    app.clock.advance(Duration::minutes(60));
    is_refused(&browser, &newest).await;
    // The page of the refusal leads to another link.
    browser.press("Forgot password?").await;
    browser.shows("Forgot password").await;
    assert_eq!(app.anyone().try_log_in(&ada.email, PASSWORD).await.status, 200, "nothing was changed");
    browser.complains_not().await;
}

async fn is_refused(browser: &Driver, link: &str) {
    browser.open(link).await;
    browser.shows("Set a new password").await;
    browser.write("New password", "yet another long one").await;
    browser.press("Set password").await;
    browser.says("Invalid or expired reset token").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_moves_to_a_new_address() {
    let Some(browser) = Driver::or_left_out("a new address in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    browser.open(&format!("{}/account", app.base)).await;
    browser.sign_in(&ada.email).await;
    browser.shows("Account").await;
    browser.write("New email", "ada@new.example").await;
    browser.write("Password", "wrong").await;
    browser.press("Change email").await;
    browser.says("Incorrect username or password").await;
    browser.shoot("account-refused").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Change email").await;
    browser.says("If the address can be used, a mail with a link is on its way to it.").await;
    let token = app.post.secret_for("ada@new.example").await;
    let link = format!("{}/confirm-email#token={token}", app.base);
    browser.open(&link).await;
    browser.shows("Confirm your new email").await;
    browser.shoot("confirm-email").await;
    browser.press("Confirm email").await;
    browser.shows("Email confirmed").await;
    browser.says("ada@new.example").await;
    // As by the API, the same link may be opened again.
    browser.open(&link).await;
    browser.press("Confirm email").await;
    browser.shows("Email confirmed").await;
    browser.open(&format!("{}/confirm-email#token=eml_x", app.base)).await;
    browser.press("Confirm email").await;
    browser.says("Invalid or expired confirmation token").await;
    browser.shoot("confirm-email-refused").await;
    browser.complains_not().await;
}
