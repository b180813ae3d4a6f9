//! From the sign-up to a confirmed address.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};

use super::driver::Driver;
use crate::logins::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_sign_up_to_a_confirmed_address() {
    let Some(browser) = Driver::or_left_out("sign-up in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    browser.open(&app.base).await;
    browser.shows("Sign in").await;
    browser.shoot("sign-in").await;
    browser.press("Create an account").await;
    browser.shows("Create an account").await;
    browser.shoot("sign-up").await;
    browser.write("Email", "ada@").await;
    browser.press("Create account").await;
    browser.says("This is not an e-mail address.").await;
    browser.shoot("sign-up-refused").await;
    sign_up(&browser).await;
    browser.shows("Organizations").await;
    browser.says("Analytical Engines").await;
    browser.says("Confirm your email to see the invitations").await;
    browser.shoot("organizations-unverified").await;

    let token = app.post.secret_for("ada@example.com").await;
    browser.open(&format!("{}/verify-email#token={token}", app.base)).await;
    browser.shows("Confirm your email").await;
    browser.shoot("verify-email").await;
    browser.press("Confirm email").await;
    browser.shows("Email confirmed").await;
    browser.shoot("email-confirmed").await;
    // A person who is signed in can always sign out.
    browser.press("Sign out").await;
    browser.shows("Sign in").await;
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_confirmed_before_the_first_sign_in() {
    let Some(browser) = Driver::or_left_out("verification in a browser").await else { return };
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    browser.open(&format!("{}/sign-up", app.base)).await;
    sign_up(&browser).await;
    browser.shows("Check your mail").await;
    browser.shoot("check-your-mail").await;
    let first = app.post.secret_for("ada@example.com").await;
    browser.press("Sign in").await;
    browser.sign_in("ada@example.com").await;
    browser.says("Email not verified").await;
    browser.shoot("sign-in-unverified").await;
    app.clock.advance(time::Duration::hours(24));
    browser.open(&format!("{}/verify-email#token={first}", app.base)).await;
    browser.press("Confirm email").await;
    browser.says("Invalid or expired verification token").await;
    browser.shoot("verify-email-refused").await;
    browser.write("Email", "ada@example.com").await;
    browser.press("Send a new link").await;
    browser.shows("Check your mail").await;
    let second = app.post.secret_for("ada@example.com").await;
    browser.open(&format!("{}/verify-email#token={second}", app.base)).await;
    browser.press("Confirm email").await;
    browser.shows("Email confirmed").await;
    browser.press("Sign in").await;
    browser.sign_in("ada@example.com").await;
    browser.shows("Organizations").await;
    browser.complains_not().await;
}

async fn sign_up(browser: &Driver) {
    browser.write("First name", "Ada").await;
    browser.write("Last name", "Lovelace").await;
    browser.write("Email", "ada@example.com").await;
    browser.write("Password", PASSWORD).await;
    browser.write("Organization name", "Analytical Engines").await;
    browser.press("Create account").await;
}
