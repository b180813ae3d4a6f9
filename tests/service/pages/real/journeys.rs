//! Ways of people through the pages.

use bailiwick_testkit::app::{Engine, TestApp};
use serde_json::json;

use super::driver::Driver;
use crate::logins::{PASSWORD, reset_token};
use crate::setup::plant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_setup_to_the_first_organization() {
    let Some(browser) = Driver::or_left_out("setup in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let token = plant(&app, 1, 30).await;
    browser.open(&format!("{}/setup", app.base)).await;
    browser.says("This link is incomplete.").await;
    browser.open(&format!("{}/setup#token={token}", app.base)).await;
    browser.shows("Set up").await;
    browser.write("Email", "root@example.com").await;
    browser.write("Password", "short").await;
    browser.says("Too short: 3 to go.").await;
    browser.press("Create administrator").await;
    browser.says("A password has at least 8 characters.").await;
    browser.shoot("setup-refused").await;
    browser.write("Password", PASSWORD).await;
    browser.says("Long enough.").await;
    browser.press("Show password").await;
    assert_eq!(browser.run("return document.getElementById('password').value").await, PASSWORD);
    browser.press("Hide password").await;
    browser.write("First name", "Root").await;
    browser.press("Create administrator").await;
    browser.shows("Organizations").await;
    browser.write("Name", "Analytical Engines").await;
    browser.press("Create organization").await;
    browser.shows("Analytical Engines").await;
    browser.press("Organizations").await;
    browser.shoot("organizations").await;
    browser.press("Account").await;
    browser.shows("Account").await;
    browser.shoot("account").await;
    browser.press("Sign out").await;
    browser.shows("Sign in").await;
    browser.shoot("sign-in").await;
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_links_of_mails() {
    let Some(browser) = Driver::or_left_out("links in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let token = app.post.secret_for(&ada.email).await;
    browser.open(&format!("{}/verify-email#token={token}", app.base)).await;
    browser.shows("Confirm your email").await;
    browser.shoot("verify-email").await;
    assert_eq!(ada.get("/auth/me").await.field("/email_verified"), false);
    browser.press("Confirm email").await;
    browser.shows("Email confirmed").await;
    assert_eq!(ada.get("/auth/me").await.field("/email_verified"), true);

    browser.press("Sign in").await;
    browser.press("Forgot password?").await;
    browser.shows("Forgot password").await;
    browser.shoot("forgot-password").await;
    browser.write("Email", &ada.email).await;
    browser.press("Send reset link").await;
    browser.says("If the address belongs to an account").await;
    let token = reset_token(&app, &ada.email).await;
    let link = format!("{}/reset-password#token={token}", app.base);
    browser.open(&link).await;
    browser.shows("Set a new password").await;
    browser.write("New password", "password").await;
    browser.press("Set password").await;
    browser.says("This password is on the list of the most common ones").await;
    browser.shoot("reset-password-refused").await;
    browser.write("New password", "another long one").await;
    browser.press("Set password").await;
    browser.shows("Password set").await;
    browser.open(&link).await;
    browser.write("New password", "yet another long one").await;
    browser.press("Set password").await;
    browser.says("Invalid or expired reset token").await;
    assert_eq!(app.anyone().try_log_in(&ada.email, "another long one").await.status, 200);
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_invitation_by_way_of_signing_in() {
    let Some(browser) = Driver::or_left_out("an invitation in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for(&bob.email).await;
    let role = ada.role_id("member").await;
    let invite = async |email: &str| {
        ada.post("/auth/invite", json!({ "email": email, "org_id": ada.org, "role_id": role })).await.is(200);
        format!("{}/accept-invitation#token={}", app.base, app.post.secret_for(email).await)
    };
    let link = invite("cid@example.com").await;
    browser.open(&link).await;
    browser.shows("Join ada's organization").await;
    browser.shoot("accept-invitation").await;
    browser.press("Decline").await;
    browser.shows("Invitation declined").await;
    browser.open(&link).await;
    browser.shows("Invitation declined").await;
    browser.shoot("invitation-declined").await;

    browser.open(&invite(&bob.email).await).await;
    browser.press("Sign in to join").await;
    browser.shows("Sign in").await;
    browser.write("Email", &bob.email).await;
    browser.write("Password", "wrong").await;
    browser.press("Sign in").await;
    browser.says("Incorrect username or password").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Sign in").await;
    // The link came along.
    browser.shows("Join ada's organization").await;
    browser.press("Join").await;
    browser.shows("ada's organization").await;
    assert!(browser.url().await.contains("/console/"));
    browser.open(&format!("{}/nowhere", app.base)).await;
    browser.shows("Page not found").await;
    browser.shoot("page-not-found").await;
    browser.complains_not().await;
}
