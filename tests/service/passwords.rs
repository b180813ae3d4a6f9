//! Forgotten passwords.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;
use tokio::task::JoinSet;

use crate::logins::{
    BAD_LOGIN, BAD_RESET, PASSWORD, is_logged_out, log_in, mail_to, refresh, refuses_refresh, reset,
    reset_token, root, rows, try_password,
};

const NEW: &str = "newSecurePassword123";

on_every_engine!(a_mailed_link_sets_a_new_password_once);

async fn a_mailed_link_sets_a_new_password_once(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let eve = app.sign_up("eve").await;
    let (phone, token) = log_in(&app, &ada.email).await;
    let link = reset_token(&app, " ADA@Example.com ").await;
    ada.me().await.is(200);
    log_in(&app, &ada.email).await;

    let done = reset(&app, &link, NEW).await.is(200);
    assert!(!done.text_of("/message").is_empty());
    for login in [&ada, &phone] {
        is_logged_out(login).await;
    }
    refuses_refresh(refresh(&app, &token).await);
    eve.me().await.is(200);
    try_password(&app, &ada.email, PASSWORD).await.refuses(401, BAD_LOGIN);
    try_password(&app, &ada.email, NEW).await.is(200);
    let again = reset(&app, &link, "another new password").await.refuses(400, BAD_RESET);
    assert_eq!(again.field("/code"), "invalid_reset_token");
    try_password(&app, &ada.email, NEW).await.is(200);
}

on_every_engine!(only_the_newest_link_works_and_for_an_hour);

async fn only_the_newest_link_works_and_for_an_hour(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let first = reset_token(&app, &ada.email).await;
    let second = reset_token(&app, &ada.email).await;
    reset(&app, &first, NEW).await.refuses(400, BAD_RESET);
    app.clock.advance(Duration::minutes(60) - Duration::microseconds(1));
    reset(&app, &second, NEW).await.is(200);
    let third = reset_token(&app, &ada.email).await;
    app.clock.advance(Duration::minutes(60));
    reset(&app, &third, "another new password").await.refuses(400, BAD_RESET);
    try_password(&app, &ada.email, NEW).await.is(200);
}

on_every_engine!(the_answer_is_the_same_for_everybody);

async fn the_answer_is_the_same_for_everybody(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, off) = (app.sign_up("ada").await, app.sign_up("off").await);
    off.deactivate_me().await.is(200);
    for email in [&ada.email, &off.email] {
        mail_to(&app, email).await;
    }
    let mut texts = Vec::new();
    for email in ["ada@example.com", "off@example.com", "nobody@example.com"] {
        let reply = app.anyone().forgot_password(email).await.is(200);
        assert_eq!(reply.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
        texts.push(reply.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(mail_to(&app, &ada.email).await, ["reset_password"]);
    assert_eq!(app.post.delivered(), []);
    for body in [json!({}), json!({ "email": "no address" }), json!({ "email": ["a@b.cc", "c@d.ee"] })] {
        app.anyone().post("/auth/forgot-password", body).await.is(422);
    }
    assert_eq!(mail_to(&app, &ada.email).await, [""; 0]);
}

on_every_engine!(a_reset_verifies_and_activates_a_pending_account);

/// The reset verifies the mailbox and invalidates the password of a stranger who may have signed up
/// (better-auth #10239).
async fn a_reset_verifies_and_activates_a_pending_account(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    let body = json!({ "email": "a@example.com", "password": PASSWORD, "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup", body).await.is(202);
    assert_eq!(mail_to(&app, "a@example.com").await, ["verify_email"]);
    let known = app.anyone().forgot_password("a@example.com").await.is(200);
    let unknown = app.anyone().forgot_password("b@example.com").await.is(200);
    assert_eq!(known.text, unknown.text);
    let link = app.post.secret_for("a@example.com").await;
    assert!(link.starts_with("rst_"));
    let waits = "Email not verified. Verification required before login.";
    try_password(&app, "a@example.com", PASSWORD).await.refuses(403, waits);
    reset(&app, &link, NEW).await.is(200);
    try_password(&app, "a@example.com", PASSWORD).await.refuses(401, BAD_LOGIN);
    let token = try_password(&app, "a@example.com", NEW).await.is(200).text_of("/access_token");
    let me = app.anyone().with_token(&token).me().await.is(200);
    assert_eq!((me.field("/status"), me.field("/email_verified")), (json!("active"), json!(true)));
    reset(&app, &link, PASSWORD).await.refuses(400, BAD_RESET);
}

on_every_engine!(a_reset_for_a_sign_up_that_was_replaced_is_none);

async fn a_reset_for_a_sign_up_that_was_replaced_is_none(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    let body = json!({ "email": "a@example.com", "password": PASSWORD, "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup", body.clone()).await.is(202);
    let link = reset_token(&app, "a@example.com").await;
    app.anyone().post("/auth/signup", body).await.is(202);
    reset(&app, &link, NEW).await.refuses(400, BAD_RESET);
    assert_eq!(mail_to(&app, "a@example.com").await, ["verify_email"]);
}

on_every_engine!(of_many_at_once_one_sets_the_password);

async fn of_many_at_once_one_sets_the_password(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let link = reset_token(&app, &ada.email).await;
    let mut calls = JoinSet::new();
    for n in 0..64 {
        let (anyone, link, password) = (app.anyone(), link.clone(), format!("new password of call {n}"));
        calls.spawn(async move { (anyone.reset_password(&link, &password).await, password) });
    }
    let mut winners = Vec::new();
    for (reply, password) in calls.join_all().await {
        match reply.status {
            200 => winners.push(password),
            _ => drop(reply.refuses(400, BAD_RESET)),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    try_password(&app, &ada.email, &winners[0]).await.is(200);
    let told = "SELECT action FROM audit_log WHERE action = 'account.reset_password'";
    assert_eq!(rows(&app, told).await.len(), 1);
}

on_every_engine!(a_refused_password_leaves_the_link_in_use);

async fn a_refused_password_leaves_the_link_in_use(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let link = reset_token(&app, &ada.email).await;
    for (password, code) in
        [("short", "too_short"), ("password123", "too_common"), (&"x".repeat(257), "too_long")]
    {
        let refused = reset(&app, &link, password).await.is(422);
        assert_eq!(refused.field("/errors/0/pointer"), "/password", "{}", refused.text);
        assert_eq!(refused.field("/errors/0/code"), code);
    }
    app.anyone().post("/auth/reset-password", json!({ "token": link })).await.is(422);
    let missing = app.anyone().post("/auth/reset-password", json!({ "password": NEW })).await.is(422);
    assert_eq!(missing.field("/errors/0/pointer"), "/token");
    try_password(&app, &ada.email, PASSWORD).await.is(200);
    reset(&app, &link, NEW).await.is(200);
}

on_every_engine!(secrets_of_other_kinds_set_no_password);

async fn secrets_of_other_kinds_set_no_password(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for(&ada.email).await;
    let (_, renewal) = log_in(&app, &ada.email).await;
    ada.change_email("new@example.com", PASSWORD).await.is(202);
    let change = app.post.secret_for("new@example.com").await;
    ada.invite("bob@example.com", "guest").await.is(200);
    let invitation = app.post.secret_for("bob@example.com").await;
    let others = [&verification, &renewal, &change, &invitation, &ada.token];
    let disguised: Vec<_> = others.iter().map(|token| format!("rst_{}", &token[4..])).collect();
    for token in others.into_iter().chain(&disguised) {
        reset(&app, token, NEW).await.refuses(400, BAD_RESET);
    }
    for token in ["", "rst_", "x", &"rst_".repeat(500)] {
        reset(&app, token, NEW).await.refuses(400, BAD_RESET);
    }
    // The link of a reset is not valid for anything else.
    let link = reset_token(&app, &ada.email).await;
    let body = json!({ "token": link });
    let anyone = app.anyone();
    anyone
        .post("/auth/verify-email", body.clone())
        .await
        .refuses(400, "Invalid or expired verification token");
    anyone
        .post("/auth/confirm-email", body.clone())
        .await
        .refuses(400, "Invalid or expired confirmation token");
    anyone.decline_token(&link).await.refuses(404, "Invitation not found");
    refuses_refresh(refresh(&app, &link).await);
    reset(&app, &link, NEW).await.is(200);
}

on_every_engine!(a_stranger_who_signed_up_first_gains_nothing);

/// The owner of the mailbox resets the password. The stranger's password, sessions and pending change
/// of address become invalid, and the mailbox is verified (better-auth #10239).
async fn a_stranger_who_signed_up_first_gains_nothing(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let stranger = app.sign_up("victim").await;
    let (phone, renewal) = log_in(&app, &stranger.email).await;
    stranger.change_email("strange@example.com", PASSWORD).await.is(202);
    let change = app.post.secret_for("strange@example.com").await;
    let link = reset_token(&app, &stranger.email).await;
    reset(&app, &link, NEW).await.is(200);
    try_password(&app, &stranger.email, PASSWORD).await.refuses(401, BAD_LOGIN);
    for login in [&stranger, &phone] {
        is_logged_out(login).await;
    }
    refuses_refresh(refresh(&app, &renewal).await);
    let confirm = app.anyone().confirm_email(&change).await;
    confirm.refuses(400, "Invalid or expired confirmation token");
    let owner = try_password(&app, &stranger.email, NEW).await.is(200).text_of("/access_token");
    let me = app.anyone().with_token(&owner).me().await.is(200);
    assert_eq!((me.field("/email"), me.field("/email_verified")), (json!("victim@example.com"), json!(true)));
}

on_every_engine!(a_link_dies_with_the_account_or_its_use);

async fn a_link_dies_with_the_account_or_its_use(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let root = root(&app).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (adas, bobs) = (reset_token(&app, &ada.email).await, reset_token(&app, &bob.email).await);
    ada.deactivate_me().await.is(200);
    reset(&app, &adas, NEW).await.refuses(400, BAD_RESET);
    root.activate(&ada).await.is(204);
    reset(&app, &adas, NEW).await.refuses(400, BAD_RESET);
    try_password(&app, &ada.email, PASSWORD).await.is(200);
    root.delete_user(&bob).await.is(204);
    reset(&app, &bobs, NEW).await.refuses(400, BAD_RESET);
}
