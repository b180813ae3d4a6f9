//! From the link of an invitation, in each of its states.

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use serde_json::json;
use time::Duration;

use super::driver::Driver;
use crate::logins::PASSWORD;

/// Invites an address; returns the id of the invitation and its link.
async fn invite(app: &TestApp, by: &Caller, email: &str) -> (String, String) {
    let role = by.role_id("member").await;
    app.post.take_for(email);
    let body = json!({ "email": email, "org_id": by.org, "role_id": role });
    let id = by.post("/auth/invite", body).await.is(200).text_of("/id");
    let token = app.post.secret_for(email).await;
    (id, format!("{}/accept-invitation#token={token}", app.base))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_state_of_an_invitation_has_its_page() {
    let Some(browser) = Driver::or_left_out("invitations in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let link = async |email: &str| invite(&app, &ada, email).await.1;
    let refuses = async |link: &str, heading: &str| {
        browser.open(link).await;
        browser.shows(heading).await;
        browser.says("Ask the person who invited you").await;
    };
    browser.open(&format!("{}/accept-invitation", app.base)).await;
    browser.says("This link is incomplete.").await;
    refuses(&format!("{}/accept-invitation#token=inv_x", app.base), "Invitation not found").await;

    let declined = link("bob@example.com").await;
    browser.open(&declined).await;
    browser.shows("Join ada's organization").await;
    browser.press("Decline").await;
    browser.shows("Invitation declined").await;
    browser.shoot("invitation-declined").await;
    refuses(&declined, "Invitation declined").await;

    let (id, revoked) = invite(&app, &ada, "cid@example.com").await;
    ada.delete(&format!("/invitations/{id}?org_id={}", ada.org)).await.is(204);
    refuses(&revoked, "Invitation revoked").await;
    browser.shoot("invitation-revoked").await;

    let (superseded, pending) = (link("dot@example.com").await, link("dot@example.com").await);
    refuses(&superseded, "Invitation revoked").await;
    browser.open(&pending).await;
    browser.shows("Join ada's organization").await;
    browser.shoot("accept-invitation").await;
    browser.write("First name", "Dot").await;
    browser.write("Password", "short").await;
    browser.press("Create account and join").await;
    browser.says("A password has at least 8 characters.").await;
    browser.shoot("accept-invitation-refused").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Create account and join").await;
    browser.shows("ada's organization").await;
    assert!(browser.path().await.starts_with("/console/adas-organization-"), "{}", browser.path().await);
    browser.open(&pending).await;
    browser.shows("Invitation already used").await;
    browser.shoot("invitation-accepted").await;

    let expired = link("eve@example.com").await;
    app.clock.advance(Duration::hours(48));
    refuses(&expired, "Invitation expired").await;
    browser.shoot("invitation-expired").await;
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_signs_out_and_the_invited_person_signs_in() {
    let Some(browser) = Driver::or_left_out("an invitation to somebody else in a browser").await else {
        return;
    };
    let app = TestApp::start(&Engine::Sqlite).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for(&bob.email).await;
    let (_, link) = invite(&app, &ada, &bob.email).await;
    browser.open(&format!("{}/sign-in", app.base)).await;
    browser.sign_in(&ada.email).await;
    browser.shows("Organizations").await;
    browser.open(&link).await;
    browser.shows("Join ada's organization").await;
    browser.says("The invitation is for another address.").await;
    browser.shoot("accept-invitation-other").await;
    browser.press("Sign out and continue").await;
    browser.says("Sign in with the invited address to join it.").await;
    browser.shoot("accept-invitation-known").await;
    browser.press("Sign in to join").await;
    browser.shows("Sign in").await;
    browser.write("Email", &bob.email).await;
    browser.write("Password", "wrong").await;
    browser.press("Sign in").await;
    browser.says("Incorrect username or password").await;
    browser.shoot("sign-in-refused").await;
    browser.write("Password", PASSWORD).await;
    browser.press("Sign in").await;
    // The link came along.
    browser.shows("Join ada's organization").await;
    browser.shoot("accept-invitation-signed-in").await;
    browser.press("Join").await;
    browser.shows("ada's organization").await;
    assert!(browser.path().await.starts_with("/console/"));
    browser.complains_not().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_that_wait_are_answered_without_their_links() {
    let Some(browser) = Driver::or_left_out("waiting invitations in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&eve, "bob", "guest").await;
    invite(&app, &ada, &bob.email).await;
    browser.open(&app.base).await;
    browser.sign_in(&bob.email).await;
    browser.shows("Organizations").await;
    browser.says("You are invited as member.").await;
    browser.shoot("organizations-invited").await;
    browser.press("Join").await;
    browser.shows("ada's organization").await;
    browser.complains_not().await;
}
