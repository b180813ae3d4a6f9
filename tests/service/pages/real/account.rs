//! The account in the browser: its sessions, and its end.

use bailiwick_testkit::app::{Engine, TestApp};
use serde_json::json;
use time::Duration;

use super::driver::Driver;
use crate::logins::{PASSWORD, root};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_ended_from_another_browser() {
    let Some(one) = Driver::or_left_out("sessions in two browsers").await else { return };
    let Some(two) = Driver::or_left_out("sessions in two browsers").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let account = format!("{}/account", app.base);
    for browser in [&one, &two] {
        browser.open(&account).await;
        browser.sign_in(&ada.email).await;
        browser.shows("Account").await;
        app.clock.advance(Duration::minutes(1));
    }
    one.open(&account).await;
    one.shoot("account").await;
    // The oldest is first: that of the sign-up, then that of the other browser.
    one.press("End session").await;
    one.says("Ended.").await;
    one.shoot("account-changed").await;
    assert_eq!(ada.get("/auth/me").await.status, 401);
    one.press("End session").await;
    one.find("//main[not(.//button[. = 'End session'])]").await;
    two.press("Organizations").await;
    two.says("Your session has ended. Please sign in again.").await;
    two.shoot("sign-in-ended").await;
    two.sign_in(&ada.email).await;
    two.shows("Organizations").await;
    one.open(&account).await;
    one.press("End all other sessions").await;
    one.says("Ended.").await;
    two.press("Account").await;
    two.sign_in(&ada.email).await;
    // It leads back to where the person was going.
    two.shows("Account").await;
    for browser in [&one, &two] {
        browser.complains_not().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_deactivated_and_activated_again() {
    let Some(browser) = Driver::or_left_out("deactivation in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let (bob, root) = (app.bring_in(&ada, "bob", "member").await, root(&app).await);
    browser.open(&format!("{}/account", app.base)).await;
    browser.sign_in(&bob.email).await;
    browser.shows("Account").await;
    browser.press("Leave").await;
    browser.shows("Leave ada's organization?").await;
    browser.shoot("leave").await;
    browser.press("Cancel").await;
    browser.shows("Account").await;
    browser.says("ada's organization").await;

    app.clock.advance(Duration::minutes(5));
    browser.press("Deactivate account").await;
    browser.shows("Confirm your password").await;
    browser.shoot("confirm-password").await;
    browser.write("Password", "wrong").await;
    browser.press("Continue").await;
    browser.says("Incorrect username or password").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Continue").await;
    browser.shows("Account").await;
    browser.press("Deactivate account").await;
    browser.shows("Deactivate account").await;
    browser.shoot("deactivate").await;
    browser.press("Deactivate account").await;
    browser.shows("Account deactivated").await;
    browser.shoot("account-deactivated").await;
    assert_eq!(browser.run("return document.querySelector('nav')").await, json!(null), "signed out");
    browser.open(&app.base).await;
    browser.sign_in(&bob.email).await;
    browser.says("User account is deactivated").await;
    browser.says("Ask an administrator to activate the account again.").await;
    browser.shoot("sign-in-deactivated").await;
    root.post(&format!("/users/{}/activate", bob.id), json!({})).await.is(204);
    browser.sign_in(&bob.email).await;
    browser.shows("Organizations").await;
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_says_why() {
    let Some(browser) = Driver::or_left_out("refusals in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    app.bring_in(&ada, "bob", "member").await;
    browser.open(&format!("{}/account", app.base)).await;
    browser.sign_in(&ada.email).await;
    browser.shows("Account").await;
    browser.press("Leave").await;
    browser.shows("Leave ada's organization?").await;
    browser.press("Leave").await;
    browser.says("Organization needs an active owner").await;
    browser.shoot("leave-refused").await;
    browser.press("Account").await;
    browser.shows("Account").await;
    browser.write("Current password", PASSWORD).await;
    browser.write("New password", "another long one").await;
    browser.press("Change password").await;
    browser.says("Your password is changed").await;
    browser.complains_not().await;
}
