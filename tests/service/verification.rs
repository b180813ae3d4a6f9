//! Verifying the address of an account.

use bailiwick_testkit::app::{Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;
use tokio::task::JoinSet;

use crate::logins::{PASSWORD, mail_to, root, rows};

async fn start_demanding(engine: &Engine) -> TestApp {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    options.strict_mail = true;
    TestApp::start_with(engine, options).await
}

fn sign_up(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "first_name": "John", "last_name": "Doe" })
}

on_every_engine!(a_mailed_token_verifies_and_may_be_shown_again);

async fn a_mailed_token_verifies_and_may_be_shown_again(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let anyone = app.anyone();
    anyone.post("/auth/signup", sign_up("user@example.com", "securePassword123")).await.is(201);
    let token = app.post.secret_for("user@example.com").await;
    let verified = anyone.verify_email(&token).await.is(200);
    assert_eq!(verified.field("/email_verified"), true);
    let again = anyone.verify_email(&token).await.is(200);
    assert_eq!(again.text, verified.text);
    for token in ["", "ver_x", "garbage", &format!("ver_{}", "A".repeat(43))] {
        let again = anyone.verify_email(token).await;
        again.refuses(400, "Invalid or expired verification token");
    }
    let token =
        anyone.try_log_in("user@example.com", "securePassword123").await.is(200).text_of("/access_token");
    assert_eq!(anyone.with_token(&token).me().await.field("/email_verified"), true);
}

const REFUSED: &str = "Invalid or expired verification token";

async fn verify(app: &TestApp, token: &str) -> Reply {
    app.anyone().verify_email(token).await
}

/// Signs up and requests another link; returns both.
async fn two_links(app: &TestApp, email: &str) -> (String, String) {
    app.anyone().post("/auth/signup", sign_up(email, "securePassword123")).await;
    let first = app.post.secret_for(email).await;
    app.anyone().resend_verification(email).await.is(200);
    (first, app.post.secret_for(email).await)
}

on_every_engine!(the_older_of_two_links_verifies_as_well);

async fn the_older_of_two_links_verifies_as_well(engine: Engine) {
    let app = start_demanding(&engine).await;
    for (email, older_first) in [("a@example.com", true), ("b@example.com", false)] {
        let (older, newer) = two_links(&app, email).await;
        let links = if older_first { [&older, &newer] } else { [&newer, &older] };
        for link in links.into_iter().chain(links) {
            let reply = verify(&app, link).await.is(200);
            assert_eq!((reply.field("/email"), reply.field("/email_verified")), (json!(email), json!(true)));
            app.anyone().try_log_in(email, "securePassword123").await.is(200);
        }
    }
    let told = "SELECT action FROM audit_log WHERE action = 'account.verify_email'";
    assert_eq!(rows(&app, told).await.len(), 2, "what was done before is not done again");
}

on_every_engine!(links_of_one_account_shown_at_once_all_succeed);

async fn links_of_one_account_shown_at_once_all_succeed(engine: Engine) {
    let app = start_demanding(&engine).await;
    let (older, newer) = two_links(&app, "user@example.com").await;
    let mut calls = JoinSet::new();
    for n in 0..32 {
        let (anyone, token) = (app.anyone(), if n % 2 == 0 { older.clone() } else { newer.clone() });
        calls.spawn(async move { anyone.verify_email(&token).await.status });
    }
    assert_eq!(calls.join_all().await, [200; 32]);
    let told = "SELECT action FROM audit_log WHERE action = 'account.verify_email'";
    assert_eq!(rows(&app, told).await.len(), 1);
}

on_every_engine!(links_are_known_until_they_expire);

async fn links_are_known_until_they_expire(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    app.anyone().post("/auth/signup", sign_up("user@example.com", "securePassword123")).await.is(201);
    let first = app.post.secret_for("user@example.com").await;
    app.clock.advance(Duration::hours(1));
    app.anyone().resend_verification("user@example.com").await.is(200);
    let second = app.post.secret_for("user@example.com").await;
    app.clock.advance(Duration::hours(23) - Duration::microseconds(1));
    verify(&app, &first).await.is(200);
    app.clock.advance(Duration::microseconds(1));
    verify(&app, &first).await.refuses(400, REFUSED);
    verify(&app, &second).await.is(200);
    app.clock.advance(Duration::hours(1));
    verify(&app, &second).await.refuses(400, REFUSED);

    app.anyone().post("/auth/signup", sign_up("late@example.com", "securePassword123")).await.is(201);
    let late = app.post.secret_for("late@example.com").await;
    app.clock.advance(Duration::hours(24));
    verify(&app, &late).await.refuses(400, REFUSED);
}

on_every_engine!(links_of_an_account_that_moved_or_is_gone_do_nothing);

async fn links_of_an_account_that_moved_or_is_gone_do_nothing(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (root, ada, bob) = (root(&app).await, app.sign_up("ada").await, app.sign_up("bob").await);
    let used = app.post.secret_for(&ada.email).await;
    verify(&app, &used).await.is(200);
    ada.change_email("new@example.com", PASSWORD).await.is(202);
    let token = app.post.secret_for("new@example.com").await;
    app.anyone().confirm_email(&token).await.is(200);
    verify(&app, &used).await.refuses(400, REFUSED);

    // After an operator moved the account, neither its valid nor its replaced link verifies the new address.
    let older = app.post.secret_for(&bob.email).await;
    app.anyone().resend_verification(&bob.email).await.is(200);
    let newer = app.post.secret_for(&bob.email).await;
    app.operator("UPDATE users SET email = 'bobby@example.com' WHERE email = 'bob@example.com'").await;
    for link in [&older, &newer] {
        verify(&app, link).await.refuses(400, REFUSED);
    }
    assert_eq!(bob.me().await.is(200).field("/email_verified"), false);
    app.operator("UPDATE users SET email = 'bob@example.com' WHERE email = 'bobby@example.com'").await;
    verify(&app, &older).await.is(200);
    bob.deactivate_me().await.is(200);
    verify(&app, &newer).await.refuses(400, REFUSED);
    root.delete_user(&bob).await.is(204);
    app.sign_up("bob").await;
    verify(&app, &newer).await.refuses(400, REFUSED);
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_change_requested", "email_changed"]);
}

on_every_engine!(a_used_link_verifies_nothing_anew);

async fn a_used_link_verifies_nothing_anew(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let link = app.post.secret_for(&ada.email).await;
    verify(&app, &link).await.is(200);
    app.operator("UPDATE users SET email_verified = (1 = 0)").await;
    verify(&app, &link).await.refuses(400, REFUSED);
    assert_eq!(ada.me().await.is(200).field("/email_verified"), false);
}

on_every_engine!(resending_answers_all_alike);

async fn resending_answers_all_alike(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    app.sign_up("ada").await;
    app.post.secret_for("ada@example.com").await;
    let known = app.anyone().resend_verification("ada@example.com").await.is(200);
    let unknown = app.anyone().resend_verification("no@example.com").await.is(200);
    assert_eq!(known.text, unknown.text);
    app.post.secret_for("ada@example.com").await;
    assert!(app.post.take_for("no@example.com").is_empty());
}

on_every_engine!(where_it_is_demanded_login_waits_for_it);

async fn where_it_is_demanded_login_waits_for_it(engine: Engine) {
    let app = start_demanding(&engine).await;
    let anyone = app.anyone();
    let first = anyone.post("/auth/signup", sign_up("user@example.com", "securePassword123")).await.is(202);
    let token = app.post.secret_for("user@example.com").await;
    let login = json!({ "email": "user@example.com", "password": "securePassword123" });
    let waits = "Email not verified. Verification required before login.";
    anyone.post("/auth/login", login.clone()).await.refuses(403, waits);
    anyone.verify_email(&token).await.is(200);
    anyone.post("/auth/login", login.clone()).await.is(200);

    let known = anyone.post("/auth/signup", sign_up("user@example.com", "another password")).await.is(202);
    assert_eq!(known.text, first.text, "a known address is not told apart");
    anyone.post("/auth/login", login).await.is(200);
}

on_every_engine!(a_second_sign_up_replaces_one_that_never_verified);

async fn a_second_sign_up_replaces_one_that_never_verified(engine: Engine) {
    let app = start_demanding(&engine).await;
    let anyone = app.anyone();
    anyone.post("/auth/signup", sign_up("user@example.com", "the stranger's one")).await.is(202);
    let stale = app.post.secret_for("user@example.com").await;
    anyone.post("/auth/signup", sign_up("user@example.com", "the owner's one")).await.is(202);
    let fresh = app.post.secret_for("user@example.com").await;
    let refused = "Invalid or expired verification token";
    anyone.verify_email(&stale).await.refuses(400, refused);
    anyone.verify_email(&fresh).await.is(200);
    let login = |password: &str| json!({ "email": "user@example.com", "password": password });
    let wrong = "Incorrect username or password";
    anyone.post("/auth/login", login("the stranger's one")).await.refuses(401, wrong);
    let token = anyone.post("/auth/login", login("the owner's one")).await.is(200).text_of("/access_token");
    let me = anyone.with_token(&token).me().await.is(200);
    assert_eq!(me.field("/organizations").as_array().map(Vec::len), Some(1));
}
