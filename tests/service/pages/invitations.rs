//! The page of an invitation, in each of its states.

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use super::browser::Browser;

const PATH: &str = "/accept-invitation";

/// Invites an address; returns the id of the invitation and the mailed token.
async fn invite(app: &TestApp, by: &Caller, email: &str) -> (String, String) {
    let role = by.role_id("member").await;
    app.post.take_for(email);
    let body = json!({ "email": email, "org_id": by.org, "role_id": role });
    let id = by.post("/auth/invite", body).await.is(200).text_of("/id");
    loop {
        let token = app.post.secret_for(email).await;
        if token.starts_with("inv_") {
            return (id, token);
        }
    }
}

on_every_engine!(a_new_person_signs_up_and_joins);

async fn a_new_person_signs_up_and_joins(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let name = "<b>R&D</b> \u{5d0}\u{5d1}";
    ada.patch(&format!("/organizations/{}", ada.org), json!({ "name": name })).await.is(200);
    let (_, token) = invite(&app, &ada, "bob@example.com").await;
    let shell = browser.open(PATH).await.page(200, "Your invitation").says("This page needs JavaScript");
    assert!(shell.text.contains("data-opens=\"/accept-invitation\""));

    let page = browser.submit(PATH, &[("token", &token)]).await;
    assert!(page.text.contains(">Join <bdi title=\"&#60;b&#62;R&#38;D"), "{}", page.text);
    let page = page.says("bob@example.com").says("member").says("Create account and join").says("Decline");
    let page = page.says_not("Sign in to join").says_not("<b>");
    assert_eq!((page.hidden("token"), page.hidden("email")), (token.clone(), "bob@example.com".to_owned()));
    let fields = |email, password| {
        [
            ("token", token.as_str()),
            ("do", "sign-up"),
            ("email", email),
            ("first_name", "Bob"),
            ("password", password),
        ]
    };
    let refused = browser.submit(PATH, &fields("bob@example.com", "short")).await;
    assert_eq!(refused.status, 422);
    refused.errs_at("password", "A password has at least 8 characters.").has("value=\"Bob\"");
    let other = browser.submit(PATH, &fields("eve@example.com", "a long password")).await;
    assert_eq!(other.status, 400);
    other.says("Email mismatch").says("Use the e-mail address that the invitation was sent to.");
    let joined = browser.submit(PATH, &fields("bob@example.com", "a long password")).await;
    let path = joined.header("location").to_owned();
    assert!(joined.status == 303 && path.starts_with("/console/"), "{path}");
    let organization = browser.open(&path).await;
    assert_eq!(organization.status, 200);
    organization.says(name).says("member").says("Sign out");
    browser.submit("/sign-out", &[]).await.leads_to("/sign-in");
    let used = browser.submit(PATH, &[("token", &token)]).await.page(409, "Invitation already used");
    used.says("The membership exists: log in with the invited address.");
    assert_eq!(app.anyone().try_log_in("bob@example.com", "a long password").await.status, 200);
}

on_every_engine!(a_person_with_an_account_is_led_to_sign_in);

async fn a_person_with_an_account_is_led_to_sign_in(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (_, token) = invite(&app, &ada, &bob.email).await;
    let page = browser.submit(PATH, &[("token", &token)]).await.page(200, "Join ada's organization");
    let page = page.says("Sign in to join").says("Decline").says_not("Create account and join");
    // Only the fragment has the token, so that it is not sent.
    let link = format!("href=\"/sign-in?return_to=/accept-invitation#token={token}\"");
    assert!(page.text.contains(&link), "{}", page.text);
    let form = browser.open("/sign-in?return_to=/accept-invitation").await.page(200, "Sign in");
    assert_eq!(form.hidden("return_to"), "/accept-invitation");
    let form = browser.open("/sign-in?return_to=//evil.example").await.page(200, "Sign in");
    form.says_not("evil.example");
}

on_every_engine!(an_invitation_that_is_over_says_why_and_whom_to_ask);

async fn an_invitation_that_is_over_says_why_and_whom_to_ask(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let whom = "Ask the person who invited you";
    let open = async |token: &str| browser.submit(PATH, &[("token", token)]).await;
    for unknown in ["", "x", "inv_x", &format!("inv_{}", "A".repeat(43))] {
        let refused = open(unknown).await.page(404, "Invitation not found").says(whom);
        refused.says("copy the whole token from the newest mail");
    }
    let (id, revoked) = invite(&app, &ada, "bob@example.com").await;
    ada.delete(&format!("/invitations/{id}?org_id={}", ada.org)).await.is(204);
    open(&revoked).await.page(410, "Invitation revoked").says("It was revoked or replaced.").says(whom);

    let (_, declined) = invite(&app, &ada, "cid@example.com").await;
    let fields = [("token", declined.as_str()), ("do", "decline")];
    browser
        .submit(PATH, &fields)
        .await
        .page(200, "Invitation declined")
        .says("Nothing else needs to be done.");
    open(&declined).await.page(410, "Invitation declined").says("Ask for a new invitation.").says(whom);
    browser.submit(PATH, &fields).await.page(410, "Invitation declined");

    let (_, expired) = invite(&app, &ada, "dot@example.com").await;
    app.clock.advance(Duration::hours(48));
    open(&expired).await.page(410, "Invitation expired").says("Ask for a new invitation.").says(whom);
}
