//! The pages where scripts do not run.

use bailiwick_testkit::app::{Engine, TestApp};

use super::driver::Driver;
use crate::logins::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_people_sign_up_and_in_and_links_say_what_is_missing() {
    let Some(browser) = Driver::without_scripts("a browser without scripts").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    browser.open(&app.base).await;
    browser.shows("Sign in").await;
    browser.press("Create an account").await;
    browser.shows("Create an account").await;
    browser.write("First name", "Ada").await;
    browser.write("Email", "ada@example.com").await;
    browser.write("Password", "short").await;
    browser.press("Create account").await;
    browser.says("A password has at least 8 characters.").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Create account").await;
    browser.shows("Organizations").await;
    browser.write("Name", "Engines").await;
    browser.press("Create organization").await;
    browser.shows("Engines").await;
    browser.press("Account").await;
    browser.shows("Account").await;
    browser.press("Deactivate account").await;
    browser.shows("Deactivate account").await;
    browser.press("Cancel").await;
    browser.shows("Account").await;
    browser.press("Sign out").await;
    browser.sign_in("ada@example.com").await;
    browser.shows("Organizations").await;
    browser.press("Sign out").await;

    browser.press("Forgot password?").await;
    browser.shows("Forgot password").await;
    browser.write("Email", "ada@example.com").await;
    browser.press("Send reset link").await;
    browser.says("If the address belongs to an account").await;
    for (path, heading) in [
        ("/setup", "Set up"),
        ("/verify-email", "Confirm your email"),
        ("/reset-password", "Set a new password"),
        ("/confirm-email", "Confirm your new email"),
        ("/accept-invitation", "Your invitation"),
    ] {
        browser.open(&format!("{}{path}#token=x", app.base)).await;
        browser.shows(heading).await;
        browser.find("//noscript//p[contains(., \"This page needs JavaScript\")]").await;
    }
    browser.complains_not().await;
}
