//! A way through the pages without a mouse.

use bailiwick_testkit::app::{Engine, TestApp};

use super::driver::Driver;
use super::person::{ENTER, TAB};
use crate::logins::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_alone_is_enough() {
    let Some(browser) = Driver::or_left_out("the keyboard in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let press = async |name: &str| {
        browser.tab_to(name).await;
        browser.keys(ENTER).await;
    };
    let write = async |name: &str, text: &str| {
        browser.tab_to(name).await;
        browser.keys(text).await;
    };
    browser.open(&app.base).await;
    browser.shows("Sign in").await;
    press("Create an account").await;
    browser.shows("Create an account").await;
    // The first field has the focus. The button that shows the password stands behind its field.
    browser.keys("Ada").await;
    write("Email", "ada@example.com").await;
    write("Password", "short").await;
    press("Show password").await;
    browser.tab_to("Organization name").await;
    browser.keys(ENTER).await;
    // The field that is wrong has the focus.
    browser.says("A password has at least 8 characters.").await;
    browser.keys(PASSWORD).await;
    press("Create account").await;

    browser.shows("Organizations").await;
    browser.keys(TAB).await;
    browser.tab_to("Skip to the content").await;
    browser.keys(&format!("{ENTER}{TAB}")).await;
    browser.tab_to("Ada's organization").await;
    write("Name", "Engines").await;
    browser.keys(ENTER).await;
    browser.shows("Engines").await;
    press("Account").await;
    browser.shows("Account").await;
    write("Last name", "Lovelace").await;
    browser.keys(ENTER).await;
    browser.says("Your profile is saved.").await;
    press("Leave").await;
    browser.shows("Leave Ada's organization?").await;
    // Nothing goes by pressing Enter once too often, and the space bar presses what looks like a button.
    browser.tab_to("Cancel").await;
    browser.keys(" ").await;
    browser.shows("Account").await;
    press("Deactivate account").await;
    browser.shows("Deactivate account").await;
    press("Cancel").await;
    browser.shows("Account").await;
    press("Sign out").await;
    browser.shows("Sign in").await;
    browser.keys("ada@example.com").await;
    write("Password", PASSWORD).await;
    browser.keys(ENTER).await;
    browser.shows("Organizations").await;
    browser.complains_not().await;
}
