//! Proving a mailbox.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;

async fn start_demanding(engine: &Engine) -> TestApp {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    TestApp::start_with(engine, options).await
}

fn sign_up(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "first_name": "John", "last_name": "Doe" })
}

on_every_engine!(a_mailed_token_verifies_once);

async fn a_mailed_token_verifies_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    anyone.post("/auth/signup", sign_up("user@example.com", "securePassword123")).await.is(201);
    let token = app.post.secret_for("user@example.com").await;
    let verified = anyone.post("/auth/verify-email", json!({ "token": token })).await.is(200);
    assert_eq!(verified.field("/email_verified"), true);
    for token in [token.as_str(), "", "ver_x", "garbage"] {
        let again = anyone.post("/auth/verify-email", json!({ "token": token })).await;
        again.refuses(400, "Invalid or expired verification token");
    }
    let login = json!({ "email": "user@example.com", "password": "securePassword123" });
    let token = anyone.post("/auth/login", login).await.is(200).text_of("/access_token");
    assert_eq!(anyone.with_token(&token).get("/auth/me").await.field("/email_verified"), true);
}

on_every_engine!(only_the_newest_link_works_and_not_for_ever);

async fn only_the_newest_link_works_and_not_for_ever(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    anyone.post("/auth/signup", sign_up("user@example.com", "securePassword123")).await.is(201);
    let first = app.post.secret_for("user@example.com").await;
    anyone.post("/auth/resend-verification", json!({ "email": "user@example.com" })).await.is(200);
    let second = app.post.secret_for("user@example.com").await;
    let refused = "Invalid or expired verification token";
    anyone.post("/auth/verify-email", json!({ "token": first })).await.refuses(400, refused);
    app.clock.advance(Duration::hours(24));
    anyone.post("/auth/verify-email", json!({ "token": second })).await.refuses(400, refused);
}

on_every_engine!(resending_answers_all_alike);

async fn resending_answers_all_alike(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    app.post.secret_for("ada@example.com").await;
    let known =
        app.anyone().post("/auth/resend-verification", json!({ "email": "ada@example.com" })).await.is(200);
    let unknown =
        app.anyone().post("/auth/resend-verification", json!({ "email": "no@example.com" })).await.is(200);
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
    anyone.post("/auth/verify-email", json!({ "token": token })).await.is(200);
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
    anyone.post("/auth/verify-email", json!({ "token": stale })).await.refuses(400, refused);
    anyone.post("/auth/verify-email", json!({ "token": fresh })).await.is(200);
    let login = |password: &str| json!({ "email": "user@example.com", "password": password });
    let wrong = "Incorrect username or password";
    anyone.post("/auth/login", login("the stranger's one")).await.refuses(401, wrong);
    let token = anyone.post("/auth/login", login("the owner's one")).await.is(200).text_of("/access_token");
    let me = anyone.with_token(&token).get("/auth/me").await.is(200);
    assert_eq!(me.field("/organizations").as_array().map(Vec::len), Some(1));
}
