//! Signing in and out, and what a session of the pages shows.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;
use time::Duration;

use super::browser::{Browser, Shown, with_form};
use crate::logins::{PASSWORD, root};

on_every_engine!(a_person_signs_in_and_out);

async fn a_person_signs_in_and_out(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    browser.open("/console").await.leads_to("/sign-in?return_to=/console");
    for (email, password) in [(ada.email.as_str(), "wrong"), ("nobody@example.com", PASSWORD), ("x", "y")] {
        let refused = browser.submit("/sign-in", &[("email", email), ("password", password)]).await;
        let refused = refused.page(401, "Sign in").says("Incorrect username or password");
        let refused = refused.says("Check the e-mail address and the password.");
        assert_eq!((refused.header("set-cookie"), refused.header("www-authenticate")), ("", ""));
    }
    let fields = [("email", " ADA@example.com"), ("password", PASSWORD), ("return_to", "/accept-invitation")];
    let signed_in = browser.submit("/sign-in", &fields).await.leads_to("/accept-invitation");
    let cookie = signed_in.header("set-cookie").to_owned();
    for part in ["bailiwick=", "; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    browser.open("/").await.leads_to("/console");
    browser.open("/sign-in").await.leads_to("/console");
    let page = browser.open("/console").await.page(200, "Organizations").says("ada's organization");
    let page = page.says("owner").says("Sign out").says("ada Tester");
    assert!(!page.text.contains(&browser.cookie().unwrap()["bailiwick=".len()..]), "scripts do not see it");
    // The cookie is for pages alone.
    let api = browser.request(Method::GET, "/auth/me").header("accept", "application/json");
    assert_eq!(Shown::of(api).await.status, 401);

    let held = browser.cookie().unwrap();
    browser.submit("/sign-out", &[]).await.leads_to("/sign-in");
    assert_eq!(browser.cookie(), None);
    browser.plant(&held);
    browser.open("/console").await.leads_to("/sign-in?return_to=/console");
    browser.open("/sign-in").await.page(200, "Sign in").says("Your session has ended.");
    // It is said once.
    browser.open("/sign-in").await.page(200, "Sign in").says_not("Your session has ended.");
}

on_every_engine!(every_page_of_a_signed_in_person_has_sign_out);

async fn every_page_of_a_signed_in_person_has_sign_out(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    browser.open("/nowhere").await.page(404, "Page not found").says_not("Sign out");
    browser.sign_in(&ada.email).await;
    for path in ["/nowhere", "/console/unknown", "/console/x/y"] {
        browser.open(path).await.page(404, "Page not found").says("Sign out").says("ada Tester");
    }
    browser.open("/forgot-password").await.page(200, "Forgot password").says("Sign out");
    let json = browser.request(Method::POST, "/console").json(&json!({}));
    Shown::of(json).await.page(415, "Something went wrong").says("Sign out");
    browser.submit("/account/profile", &[("first_name", "Ada"), ("language", "de")]).await;
    browser.open("/nowhere").await.page(404, "Seite nicht gefunden").says("Abmelden");
    let held = browser.cookie().unwrap();
    browser.submit("/sign-out", &[]).await.leads_to("/sign-in");
    browser.plant(&held);
    browser.open("/nowhere").await.page(404, "Page not found").says_not("Sign out");
}

on_every_engine!(without_encryption_nobody_signs_in);

async fn without_encryption_nobody_signs_in(engine: Engine) {
    let options = TestAppOptions { public_url: Some("http://10.1.2.3"), ..TestAppOptions::default() };
    let app = TestApp::start_with(&engine, options).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let why = "Signing in is refused here, because this address is not encrypted";
    browser.open("/sign-in").await.page(200, "Sign in").says(why);
    let fields = [("email", ada.email.as_str()), ("password", PASSWORD)];
    let refused = browser.submit("/sign-in", &fields).await.page(403, "Sign in").says(why);
    assert_eq!(refused.header("set-cookie"), "");
    let sessions = ada.get("/auth/sessions").await.is(200);
    assert_eq!(sessions.field("/items").as_array().unwrap().len(), 1, "no session was opened");
    // A new account does not sign in either.
    let fields = [("first_name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD)];
    let created = browser.submit("/sign-up", &fields).await.page(200, "Account created");
    assert_eq!(created.header("set-cookie"), "");
    for name in ["bailiwick", "__Host-bailiwick"] {
        browser.plant(&format!("{name}=pag_x"));
        browser.open("/console").await.leads_to("/sign-in?return_to=/console");
    }
}

on_every_engine!(the_page_leads_to_paths_of_the_service_alone);

async fn the_page_leads_to_paths_of_the_service_alone(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for (return_to, path) in [
        ("https://evil.example", "/console"),
        ("//evil.example", "/console"),
        ("/\\evil.example", "/console"),
        ("javascript:alert(1)", "/console"),
        ("", "/console"),
        ("/account", "/account"),
    ] {
        let fields = [("email", ada.email.as_str()), ("password", PASSWORD), ("return_to", return_to)];
        Browser::of(&app).submit("/sign-in", &fields).await.leads_to(path);
    }
}

on_every_engine!(signing_up_signs_in);

async fn signing_up_signs_in(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let fields = [("first_name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD)];
    browser.submit("/sign-up", &fields).await.leads_to("/console");
    browser.open("/console").await.page(200, "Organizations").says("Ada's organization");
    let again = browser.submit("/console", &[("name", "Engines <1>")]).await;
    let path = again.header("location").to_owned();
    assert!(path.starts_with("/console/engines-1"), "{path}");
    browser.open(&path).await.page(200, "Engines <1>").says("owner");
    browser.open("/console/unknown").await.page(404, "Page not found");
    let reserved = browser.submit("/console", &[("name", "Acme"), ("slug", "platform")]).await;
    reserved.page(409, "Organizations").says("Slug already in use");
    let refused = browser.submit("/console", &[]).await.page(422, "Organizations");
    refused.errs_at("name", "A value is required.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_session_replaces_the_former_one_of_the_browser() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    browser.sign_in(&ada.email).await;
    let former = browser.cookie().unwrap();
    browser.sign_in(&bob.email).await;
    assert_ne!(browser.cookie().unwrap(), former);
    let other = Browser::of(&app);
    other.plant(&former);
    other.open("/console").await.leads_to("/sign-in?return_to=/console");
}

on_every_engine!(a_session_ends_wherever_it_is_ended);

async fn a_session_ends_wherever_it_is_ended(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let root = root(&app).await;
    browser.sign_in(&ada.email).await;
    let sessions = ada.get("/auth/sessions").await.is(200);
    assert_eq!(sessions.field("/items").as_array().unwrap().len(), 2);
    ada.post("/auth/logout-all", json!({})).await;
    browser.open("/console").await.leads_to("/sign-in?return_to=/console");
    browser.sign_in(&ada.email).await;
    root.post(&format!("/users/{}/deactivate", ada.id), json!({})).await.is(204);
    browser.open("/console").await.leads_to("/sign-in?return_to=/console");
    let refused = browser.submit("/sign-in", &[("email", &ada.email), ("password", PASSWORD)]).await;
    let refused = refused.page(403, "Sign in").says("User account is deactivated");
    refused.says("Ask an administrator to activate the account again.");
    root.post(&format!("/users/{}/activate", ada.id), json!({})).await.is(204);
    browser.sign_in(&ada.email).await;
    app.clock.advance(Duration::days(30));
    browser.open("/console").await.leads_to("/sign-in?return_to=/console");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_must_be_confirmed_gets_another_link() {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let browser = Browser::of(&app);
    let fields = [("first_name", "Ada"), ("email", "ada@example.com"), ("password", PASSWORD)];
    browser.submit("/sign-up", &fields).await.page(200, "Check your mail");
    let refused = browser.submit("/sign-in", &fields).await.page(403, "Sign in").says("Send a new link");
    assert_eq!(refused.hidden("email"), "ada@example.com");
    let wrong = [("email", "ada@example.com"), ("password", "wrong one")];
    browser.submit("/sign-in", &wrong).await.page(401, "Sign in").says_not("Send a new link");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_that_wait_are_answered() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&eve, "bob", "guest").await;
    browser.sign_in(&bob.email).await;
    browser.open("/console").await.page(200, "Organizations").says_not(">Join<");
    let role = ada.role_id("member").await;
    let invite = json!({ "email": bob.email, "org_id": ada.org, "role_id": role });
    let id = ada.post("/auth/invite", invite.clone()).await.is(200).text_of("/id");
    browser.open("/console").await.page(200, "Organizations").says("ada's organization").has(">Join<");
    let answer = |id, deed| [("invitation", id), ("do", deed)];
    browser.submit("/console", &answer(id.as_str(), "decline")).await.leads_to("/console");
    browser.open("/console").await.says_not("ada's organization");
    let late = browser.submit("/console", &answer(id.as_str(), "join")).await.page(410, "Organizations");
    late.says("Invitation declined").says("Ask for a new invitation.");
    let id = ada.post("/auth/invite", invite).await.is(200).text_of("/id");
    let joined = browser.submit("/console", &answer(id.as_str(), "join")).await;
    let path = joined.header("location").to_owned();
    browser.open(&path).await.page(200, "ada's organization").says("member");
}

on_every_engine!(a_signed_in_person_answers_the_link_of_an_invitation);

async fn a_signed_in_person_answers_the_link_of_an_invitation(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for(&bob.email).await;
    let role = ada.role_id("member").await;
    ada.post("/auth/invite", json!({ "email": bob.email, "org_id": ada.org, "role_id": role })).await.is(200);
    let token = app.post.secret_for(&bob.email).await;
    let path = "/accept-invitation";
    // Another account is signed in.
    browser.sign_in(&ada.email).await;
    let page = browser.submit(path, &[("token", &token)]).await.page(200, "Join ada's organization");
    page.says("You are signed in as").says("Sign out and continue").says_not(">Join<");
    let refused = browser.submit(path, &[("token", &token), ("do", "join")]).await;
    refused.page(400, "Join ada's organization").says("Email mismatch");
    let page = browser.submit(path, &[("token", &token), ("do", "sign-out")]).await;
    page.page(200, "Join ada's organization").says("Sign in to join").says_not("Sign out and continue");
    assert_eq!(browser.cookie(), None);
    browser.sign_in(&bob.email).await;
    let page = browser.submit(path, &[("token", &token)]).await.page(200, "Join ada's organization");
    page.has(">Join<").says("Decline");
    let joined = browser.submit(path, &[("token", &token), ("do", "join")]).await;
    let location = joined.header("location").to_owned();
    assert!(location.starts_with("/console/"), "{location}");
    browser.open(&location).await.page(200, "ada's organization");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_other_sites_do_nothing_with_a_cookie() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    browser.sign_in(&ada.email).await;
    for path in [
        "/sign-in",
        "/sign-out",
        "/console",
        "/account/profile",
        "/account/sessions",
        "/account/organizations",
        "/account/deactivation",
        "/confirm-password",
    ] {
        let request = with_form(browser.request(Method::POST, path), &[("name", "x"), ("confirmed", "yes")]);
        let shown = Shown::of(request.header("sec-fetch-site", "cross-site")).await;
        shown.page(403, "Something went wrong").says("Origin not allowed");
    }
    browser.open("/console").await.page(200, "Organizations");
}
