//! The JavaScript class from the documentation of the original, unchanged, in a real browser: it
//! connects, is refused, refreshes its token and reconnects.

mod chromium;

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use serde_json::{Value, json};
use time::Duration;

use self::chromium::{Chromium, Pages};
use crate::logins::log_in;

async fn app_for(pages: &Pages) -> TestApp {
    let mut options = TestAppOptions::default();
    options.http.cors_origins = vec![pages.origin.clone()];
    TestApp::start_with(&Engine::Sqlite, options).await
}

fn page(pages: &Pages, app: &TestApp, org: &str, token: &str, refresh: &str) -> String {
    format!("{}/?api={}&org={org}&token={token}&refresh={refresh}", pages.origin, app.base)
}

async fn connects(pages: &mut Pages, whom: &Caller, org: &str) {
    assert_eq!(pages.told().await, json!(["open"]));
    let greeting = pages.told().await;
    assert_eq!((&greeting[1], &greeting[2]["user_id"]), (&json!("connect"), &json!(whom.id)));
    assert_eq!(greeting[2]["org_id"], *org);
    assert_eq!(pages.told().await, json!(["message", "pong", {}]));
}

/// Asserts that a socket is refused; it is open for a moment.
async fn is_refused(pages: &mut Pages, reason: &str) {
    assert_eq!(pages.told().await, json!(["open"]));
    assert_eq!(pages.told().await, json!(["close", 1008, reason]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_connects_and_hears_of_events() {
    let Some(browser) = Chromium::or_left_out("a socket in a browser") else { return };
    let mut pages = Pages::serve().await;
    let app = app_for(&pages).await;
    let ada = app.sign_up("ada").await;
    let _browser = browser.open(&page(&pages, &app, &ada.org, &ada.token, "none"));
    connects(&mut pages, &ada, &ada.org).await;
    ada.publish(&ada.org, "kb:read", None, json!({ "n": 1 })).await;
    let event = json!({ "event": "kb:read", "channel": Value::Null, "data": { "n": 1 } });
    assert_eq!(pages.told().await, json!(["message", "event", event]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_refreshes_a_token_that_is_refused_and_connects_again() {
    let Some(browser) = Chromium::or_left_out("a refused token in a browser") else { return };
    let mut pages = Pages::serve().await;
    let app = app_for(&pages).await;
    let ada = app.sign_up("ada").await;
    let (later, refresh) = log_in(&app, &ada.email).await;
    app.clock.advance(Duration::minutes(61));
    let _browser = browser.open(&page(&pages, &app, &ada.org, &later.token, &refresh));
    is_refused(&mut pages, "Invalid token: expired").await;
    assert_eq!(pages.told().await, json!(["refreshed", 200]));
    connects(&mut pages, &ada, &ada.org).await;
    // The same while the socket is open.
    app.clock.advance(Duration::minutes(61));
    assert_eq!(pages.told().await, json!(["close", 1008, "Invalid token: expired"]));
    assert_eq!(pages.told().await, json!(["refreshed", 200]));
    connects(&mut pages, &ada, &ada.org).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_refreshes_nothing_when_its_user_is_suspended() {
    let Some(browser) = Chromium::or_left_out("a suspended user in a browser") else { return };
    let mut pages = Pages::serve().await;
    let app = app_for(&pages).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let _browser = browser.open(&page(&pages, &app, &ada.org, &bob.token, "none"));
    connects(&mut pages, &bob, &ada.org).await;
    ada.suspend(&bob).await.is(200);
    let reason = "Access denied: User access has been suspended in this organization";
    assert_eq!(pages.told().await, json!(["close", 1008, reason]));
    // It reconnects by itself, with the same token.
    is_refused(&mut pages, reason).await;
    ada.restore(&bob).await.is(200);
    connects(&mut pages, &bob, &ada.org).await;
}
