//! The page of the account.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use super::browser::Browser;
use crate::logins::PASSWORD;

on_every_engine!(a_person_changes_the_account);

async fn a_person_changes_the_account(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    browser.open("/account").await.leads_to("/sign-in?return_to=/account");
    browser.sign_in(&ada.email).await;
    browser.open("/account").await.page(200, "Account").has("value=\"ada\"");
    let fields = [("first_name", "Ada"), ("last_name", ""), ("language", "de")];
    browser.submit("/account/profile", &fields).await.leads_to("/account?done=profile");
    let page = browser.open("/account?done=profile").await.page(200, "Konto");
    page.says("Ihr Profil ist gespeichert.").has("<option value=\"de\" selected>");
    let me = ada.get("/auth/me").await.is(200);
    assert_eq!((me.field("/full_name"), me.field("/language")), (json!("Ada"), json!("de")));
    browser.submit("/account/profile", &[("first_name", "Ada"), ("language", "en")]).await;
    let refused = browser.submit("/account/profile", &[("first_name", &"x".repeat(101))]).await;
    refused.page(422, "Account").errs_at("first_name", "A name has at most 100 characters.");

    let fields = [("current_password", "wrong"), ("new_password", "another long one")];
    browser
        .submit("/account/password", &fields)
        .await
        .page(401, "Account")
        .says("Incorrect username or password");
    let fields = [("current_password", PASSWORD), ("new_password", "short")];
    let refused = browser.submit("/account/password", &fields).await.page(422, "Account");
    refused.errs_at("new_password", "A password has at least 8 characters.");
    let fields = [("new_email", "ada@new.example"), ("password", PASSWORD)];
    browser.submit("/account/email", &fields).await.leads_to("/account?done=email");
    assert!(!app.post.secret_for("ada@new.example").await.is_empty());
    let fields = [("current_password", PASSWORD), ("new_password", "another long one")];
    browser.submit("/account/password", &fields).await.leads_to("/account?done=password");
    assert_eq!(ada.get("/auth/me").await.status, 401, "other sessions have ended");
    browser.open("/account").await.page(200, "Account");
}

on_every_engine!(a_person_ends_sessions_from_another_browser);

async fn a_person_ends_sessions_from_another_browser(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (one, two) = (Browser::of(&app), Browser::of(&app));
    let ada = app.sign_up("ada").await;
    one.sign_in(&ada.email).await;
    two.sign_in(&ada.email).await;
    let page = one.open("/account").await.page(200, "Account").says("This session");
    assert_eq!(page.text.matches(">End session<").count(), 2, "{}", page.text);
    // The newest is first.
    let id = page.hidden("session");
    one.submit("/account/sessions", &[("session", &id)]).await.leads_to("/account?done=sessions#sessions");
    one.submit("/account/sessions", &[("session", &id)]).await.leads_to("/account?done=sessions#sessions");
    assert_eq!(one.open("/account").await.text.matches(">End session<").count(), 1);
    one.submit("/account/sessions", &[]).await.leads_to("/account?done=sessions#sessions");
    let page = one.open("/account").await.page(200, "Account");
    page.says_not(">End session<").says_not("End all other sessions");
    two.open("/account").await.leads_to("/sign-in?return_to=/account");
    assert_eq!(ada.get("/auth/me").await.status, 401);
}

on_every_engine!(what_cannot_be_undone_is_asked_for_once_more);

async fn what_cannot_be_undone_is_asked_for_once_more(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    browser.sign_in(&bob.email).await;
    let leave = [("organization", ada.org.as_str())];
    let asked = browser.submit("/account/organizations", &leave).await;
    let asked = asked.page(200, "Leave ada's organization?").says("alertdialog").says("Cancel");
    assert_eq!(asked.hidden("organization"), ada.org);
    browser.open("/account").await.says("ada's organization");
    let leave = [leave[0], ("confirmed", "yes")];
    browser.submit("/account/organizations", &leave).await.leads_to("/account?done=organizations");
    browser.open("/account").await.says_not("ada's organization");

    app.clock.advance(Duration::minutes(5));
    let confirm = "/confirm-password?return_to=/account";
    browser.submit("/account/deactivation", &[("confirmed", "yes")]).await.leads_to(confirm);
    let page = browser.open(confirm).await.page(200, "Confirm your password");
    assert_eq!(page.hidden("return_to"), "/account");
    let fields = |password| [("password", password), ("return_to", "/account")];
    browser.submit("/confirm-password", &fields("")).await.page(422, "Confirm your password");
    let wrong =
        browser.submit("/confirm-password", &fields("wrong")).await.page(401, "Confirm your password");
    wrong.says("Incorrect username or password");
    browser.submit("/confirm-password", &fields(PASSWORD)).await.leads_to("/account");
    let asked = browser.submit("/account/deactivation", &[]).await.page(200, "Deactivate account");
    asked.says("You leave all your organizations").says("Cancel");
    let done = browser.submit("/account/deactivation", &[("confirmed", "yes")]).await;
    done.page(200, "Account deactivated");
    assert_eq!(browser.cookie(), None);
    let refused = browser.submit("/sign-in", &[("email", &bob.email), ("password", PASSWORD)]).await;
    refused.page(403, "Sign in").says("User account is deactivated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_stays_and_hears_why() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let ada = app.sign_up("ada").await;
    app.bring_in(&ada, "bob", "member").await;
    browser.sign_in(&ada.email).await;
    let leave = [("organization", ada.org.as_str()), ("confirmed", "yes")];
    let refused = browser.submit("/account/organizations", &leave).await;
    let refused = refused.page(409, "Leave ada's organization?").says("Organization needs an active owner");
    refused.says("Make another active member an owner first.");
    let refused = browser.submit("/account/deactivation", &[("confirmed", "yes")]).await;
    refused.page(409, "Deactivate account").says("Organization needs an active owner");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_form_leads_to_its_page() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    for (path, page) in [
        ("/account/profile", "/account"),
        ("/account/password", "/account"),
        ("/account/email", "/account"),
        ("/account/sessions", "/account"),
        ("/account/organizations", "/account"),
        ("/account/deactivation", "/account"),
        ("/resend-verification", "/sign-in"),
        ("/sign-out", "/sign-in"),
    ] {
        browser.open(path).await.leads_to(page);
    }
    let sent = browser.submit("/account/profile", &[("first_name", "Ada")]).await;
    sent.leads_to("/sign-in?return_to=/account/profile");
}
