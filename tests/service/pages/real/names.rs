//! Names that are markup, run from right to left, or are very long, wherever a name is shown.

use bailiwick_testkit::app::{Engine, TestApp};
use serde_json::json;

use super::driver::Driver;

const MARKUP: &str = "<img src=x onerror=\"document.title='hit'\"> & 'R&D' <b>";
const RIGHT_TO_LEFT: &str = "\u{5d0}\u{5d1}\u{5d2} (1) \u{202e}abc";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_of_any_kind_stays_a_name() {
    let Some(browser) = Driver::or_left_out("hostile names in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let long = "W".repeat(10 * 1024);
    let names = [("markup", MARKUP), ("right-to-left", RIGHT_TO_LEFT), ("long", long.as_str())];
    let bob = app.bring_in(&ada, "bob", "member").await;
    let invite = json!({ "email": bob.email, "org_id": eve.org, "role_id": eve.role_id("member").await });
    eve.post("/auth/invite", invite).await.is(200);
    let token = app.post.secret_for(&bob.email).await;
    browser.open(&app.base).await;
    browser.sign_in(&bob.email).await;
    browser.shows("Organizations").await;
    for (kind, name) in names {
        rename(&app, name).await;
        for (page, path) in [
            ("organizations", "/console".to_owned()),
            ("organization", format!("/console/{}", slug(&ada.org))),
            ("account", "/account".to_owned()),
            ("accept-invitation", format!("/accept-invitation#token={token}")),
            ("page-not-found", "/nowhere".to_owned()),
        ] {
            browser.open(&format!("{}{path}", app.base)).await;
            browser.find("//main//h1[not(. = 'Your invitation')]").await;
            is_only_shown(&browser, name).await;
            browser.shoot_narrow(&format!("{page}-{kind}")).await;
        }
        browser.open(&format!("{}/account", app.base)).await;
        browser.press("Leave").await;
        browser.find("//button[. = 'Leave']").await;
        is_only_shown(&browser, name).await;
        browser.shoot_narrow(&format!("leave-{kind}")).await;
    }
    browser.complains_not().await;
}

/// Gives every person, organization and role this name, as an import could, and every organization a slug
/// that the test knows.
async fn rename(app: &TestApp, name: &str) {
    let name = name.replace('\'', "''");
    let statement = format!(
        "UPDATE users SET first_name = '{name}';
         UPDATE organizations SET name = '{name}', slug = 'o' || lower(hex(id));
         UPDATE roles SET name = '{name}' WHERE system = 'member'"
    );
    app.operator(&statement).await;
}

fn slug(org: &str) -> String {
    format!("o{}", org.replace('-', ""))
}

/// Asserts that each mention of a name is text, isolated from the text around it, and in no element of
/// its own making.
async fn is_only_shown(browser: &Driver, name: &str) {
    let isolated = "return [...document.querySelectorAll('bdi')].map((name) => name.textContent)";
    let isolated = browser.run(isolated).await;
    let is_shown = |text: &serde_json::Value| text.as_str().is_some_and(|text| text.contains(name));
    assert!(isolated.as_array().unwrap().iter().any(is_shown), "{name:.100}");
    let made = "return document.querySelectorAll('main img, main b, nav img').length";
    assert_eq!(browser.run(made).await, 0);
    let stray = "return [...document.querySelectorAll('main *, nav *')].filter((it) => !it.closest('bdi')
        && [...it.childNodes].some((node) => node.nodeType === 3 && node.data.includes(arguments[0]))).length";
    let stray = stray.replace("arguments[0]", &json!(name).to_string());
    assert_eq!(browser.run(&stray).await, 0, "every name is isolated");
}
