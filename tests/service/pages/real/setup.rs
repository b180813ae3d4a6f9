//! From the setup link to the first organization.

use bailiwick_testkit::app::{Engine, TestApp};

use super::driver::Driver;
use crate::logins::PASSWORD;
use crate::setup::plant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_setup_to_the_first_organization() {
    let Some(browser) = Driver::or_left_out("setup in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let token = plant(&app, 1, 30).await;
    browser.open(&format!("{}/setup", app.base)).await;
    browser.says("This link is incomplete.").await;
    browser.shoot("link-incomplete").await;
    browser.open(&format!("{}/setup#token={token}", app.base)).await;
    browser.shows("Set up").await;
    browser.shoot("setup").await;
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
    browser.shoot("organizations-none").await;
    browser.press("Create organization").await;
    browser.says("A value is required.").await;
    browser.shoot("organizations-refused").await;
    browser.write("Name", "Analytical Engines").await;
    browser.press("Create organization").await;
    browser.shows("Analytical Engines").await;
    browser.shoot("organization").await;
    browser.open(&format!("{}/nowhere", app.base)).await;
    browser.shows("Page not found").await;
    browser.shoot("page-not-found").await;
    browser.press("Sign out").await;
    browser.shows("Sign in").await;
    browser.open(&format!("{}/setup#token={token}", app.base)).await;
    browser.shows("Page not found").await;
    browser.says("The platform has an administrator already").await;
    browser.complains_not().await;
}
