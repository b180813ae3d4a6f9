//! The pages in German, whose words are longer.

use bailiwick_testkit::app::{Engine, TestApp};
use serde_json::json;

use super::driver::Driver;
use crate::logins::PASSWORD;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_words_fit_too() {
    let Some(browser) = Driver::or_left_out("German in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let program = browser.run("return navigator.userAgent").await;
    let german = json!({ "userAgent": program, "acceptLanguage": "de" });
    browser.devtools("Emulation.setUserAgentOverride", german).await;
    for (path, heading) in [
        ("/sign-up", "Konto anlegen"),
        ("/forgot-password", "Passwort vergessen"),
        ("/nowhere", "Seite nicht gefunden"),
        ("/sign-in?return_to=/account", "Anmelden"),
    ] {
        browser.open(&format!("{}{path}", app.base)).await;
        browser.shows(heading).await;
        browser.shoot_narrow(&format!("german-{}", &path[1..].split('?').next().unwrap())).await;
    }
    browser.write("E-Mail", &ada.email).await;
    browser.write("Passwort", PASSWORD).await;
    browser.press("Anmelden").await;
    browser.shows("Konto").await;
    browser.shoot_narrow("german-account").await;
    browser.press("Konto deaktivieren").await;
    browser.shows("Konto deaktivieren").await;
    browser.shoot_narrow("german-deactivate").await;
    browser.press("Organisationen").await;
    browser.shows("Organisationen").await;
    browser.shoot_narrow("german-organizations").await;
    browser.complains_not().await;
}
