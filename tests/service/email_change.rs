//! Moving an account to another address.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use crate::logins::{BAD_LOGIN, BAD_RESET, PASSWORD, mail_to, reset, reset_token, root, rows, try_password};

const BAD_CONFIRMATION: &str = "Invalid or expired confirmation token";

async fn ask(who: &Caller, address: &str) -> Reply {
    who.change_email(address, PASSWORD).await
}

async fn confirm(app: &TestApp, token: &str) -> Reply {
    app.anyone().confirm_email(token).await
}

on_every_engine!(the_new_address_confirms_and_the_old_one_is_notified);

async fn the_new_address_confirms_and_the_old_one_is_notified(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for(&ada.email).await;
    let link = reset_token(&app, &ada.email).await;
    let asked = ask(&ada, " New@Example.COM ").await.is(202);
    assert_eq!(asked.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_change_requested"]);
    let me = ada.me().await.is(200);
    assert_eq!((me.field("/email"), me.field("/email_verified")), (json!(ada.email), json!(false)));
    try_password(&app, "new@example.com", PASSWORD).await.refuses(401, BAD_LOGIN);

    let token = app.post.secret_for("new@example.com").await;
    let confirmed = confirm(&app, &token).await.is(200);
    assert_eq!(confirmed.field("/email"), "new@example.com");
    assert_eq!(confirmed.field("/email_verified"), true);
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_changed"]);
    let me = ada.me().await.is(200);
    assert_eq!((me.field("/email"), me.field("/email_verified")), (json!("new@example.com"), json!(true)));
    try_password(&app, "new@example.com", PASSWORD).await.is(200);
    try_password(&app, "ada@example.com", PASSWORD).await.refuses(401, BAD_LOGIN);

    assert_eq!(confirm(&app, &token).await.is(200).text, confirmed.text, "the button pressed twice");
    reset(&app, &link, "another new password").await.refuses(400, BAD_RESET);
    let verify = app.anyone().verify_email(&verification).await;
    verify.refuses(400, "Invalid or expired verification token");
    app.sign_up("ada").await;
}

on_every_engine!(a_taken_address_gets_no_mail_and_nobody_learns_of_it);

async fn a_taken_address_gets_no_mail_and_nobody_learns_of_it(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    for email in [&ada.email, &eve.email] {
        mail_to(&app, email).await;
    }
    let free = ask(&ada, "free@example.com").await.is(202);
    let taken = ask(&ada, "EVE@example.com").await.is(202);
    assert_eq!(free.text, taken.text);
    assert_eq!(mail_to(&app, &eve.email).await, [""; 0]);
    assert_eq!(mail_to(&app, &ada.email).await, ["email_change_requested"; 2]);
    assert_eq!(mail_to(&app, "free@example.com").await, ["confirm_email"]);
}

on_every_engine!(ones_own_address_is_refused_and_changes_nothing);

async fn ones_own_address_is_refused_and_changes_nothing(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ask(&ada, "new@example.com").await.is(202);
    let token = app.post.secret_for("new@example.com").await;
    mail_to(&app, &ada.email).await;
    for own in ["ada@example.com", "ADA@Example.com", "\u{a0}ada@example.com\u{200b}\r\n"] {
        let refused = ask(&ada, own).await.refuses(409, "Email is unchanged");
        assert_eq!(refused.field("/code"), "email_unchanged");
        // A stolen session without the password reveals nothing.
        ada.change_email(own, "wrong horse battery").await.refuses(401, BAD_LOGIN);
    }
    assert_eq!(mail_to(&app, &ada.email).await, [""; 0]);
    // The pending change is still valid.
    confirm(&app, &token).await.is(200);
    ask(&ada, "new@example.com").await.refuses(409, "Email is unchanged");
    ask(&ada, "ada@example.com").await.is(202);
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_changed", "confirm_email"]);
    assert_eq!(mail_to(&app, "new@example.com").await, ["email_change_requested"]);
}

on_every_engine!(an_address_taken_meanwhile_is_refused);

async fn an_address_taken_meanwhile_is_refused(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    ask(&ada, "wanted@example.com").await.is(202);
    let adas = app.post.secret_for("wanted@example.com").await;
    ask(&bob, "wanted@example.com").await.is(202);
    let bobs = app.post.secret_for("wanted@example.com").await;
    confirm(&app, &bobs).await.is(200);
    confirm(&app, &adas).await.refuses(409, "Email already registered");
    assert_eq!(ada.me().await.is(200).field("/email"), "ada@example.com");
    assert_eq!(bob.me().await.is(200).field("/email"), "wanted@example.com");
    assert_eq!(mail_to(&app, "ada@example.com").await, ["verify_email", "email_change_requested"]);
    assert_eq!(
        mail_to(&app, "bob@example.com").await,
        ["verify_email", "email_change_requested", "email_changed"]
    );
}

on_every_engine!(only_the_newest_confirmation_works_and_for_a_day);

async fn only_the_newest_confirmation_works_and_for_a_day(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    ask(&ada, "one@example.com").await.is(202);
    let one = app.post.secret_for("one@example.com").await;
    ask(&ada, "two@example.com").await.is(202);
    let two = app.post.secret_for("two@example.com").await;
    confirm(&app, &one).await.refuses(400, BAD_CONFIRMATION);
    app.clock.advance(Duration::hours(24));
    confirm(&app, &two).await.refuses(400, BAD_CONFIRMATION);
    for token in ["", "chg_", "x"] {
        confirm(&app, token).await.refuses(400, BAD_CONFIRMATION);
    }
    let root = app.log_in(&root.email).await;
    let ada = app.log_in(&ada.email).await;
    ask(&ada, "three@example.com").await.is(202);
    let three = app.post.secret_for("three@example.com").await;
    ada.deactivate_me().await.is(200);
    confirm(&app, &three).await.refuses(400, BAD_CONFIRMATION);
    root.activate(&ada).await.is(204);
    confirm(&app, &three).await.refuses(400, BAD_CONFIRMATION);
    try_password(&app, "ada@example.com", PASSWORD).await.is(200);
    assert_eq!(
        mail_to(&app, "ada@example.com").await,
        ["verify_email", "email_change_requested", "email_change_requested", "email_change_requested"]
    );
}

on_every_engine!(a_confirmation_is_answered_again_while_the_account_is_there);

async fn a_confirmation_is_answered_again_while_the_account_is_there(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ask(&ada, "one@example.com").await.is(202);
    let older = app.post.secret_for("one@example.com").await;
    ask(&ada, "one@example.com").await.is(202);
    let newer = app.post.secret_for("one@example.com").await;
    for token in [&older, &newer, &older] {
        assert_eq!(confirm(&app, token).await.is(200).field("/email"), "one@example.com");
    }
    let told = "SELECT action FROM audit_log WHERE action = 'account.change_email'";
    assert_eq!(rows(&app, told).await.len(), 1);

    ask(&ada, "two@example.com").await.is(202);
    let two = app.post.secret_for("two@example.com").await;
    confirm(&app, &older).await.is(200);
    assert_eq!(ada.me().await.is(200).field("/email"), "one@example.com");
    confirm(&app, &two).await.is(200);
    for token in [&older, &newer] {
        confirm(&app, token).await.refuses(400, BAD_CONFIRMATION);
    }
    app.clock.advance(Duration::hours(24));
    confirm(&app, &two).await.refuses(400, BAD_CONFIRMATION);
    assert_eq!(
        mail_to(&app, "ada@example.com").await,
        ["verify_email", "email_change_requested", "email_change_requested", "email_changed"]
    );
    assert_eq!(mail_to(&app, "one@example.com").await, ["email_change_requested", "email_changed"]);
}

on_every_engine!(a_change_of_address_needs_the_password);

async fn a_change_of_address_needs_the_password(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    mail_to(&app, &ada.email).await;
    let wrong = json!({ "new_email": "new@example.com", "password": "wrong horse battery" });
    ada.post("/auth/change-email", wrong.clone()).await.refuses(401, BAD_LOGIN);
    let anyone = app.anyone().post("/auth/change-email", wrong).await;
    anyone.refuses(401, "Missing authentication credentials");
    for address in ["nobody", "a@x.com,v@y.com", "a@x.com\r\nbcc: v@y.com"] {
        let reply = ask(&ada, address).await.is(422);
        assert_eq!(reply.field("/errors/0/pointer"), "/new_email");
    }
    let reply = ada.post("/auth/change-email", json!({})).await.is(422);
    assert_eq!(reply.field("/errors").as_array().unwrap().len(), 2);
    assert_eq!(mail_to(&app, &ada.email).await, [""; 0]);
    assert_eq!(app.post.delivered(), []);
}

on_every_engine!(logging_out_everywhere_ends_a_change_under_way);

async fn logging_out_everywhere_ends_a_change_under_way(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ask(&ada, "thief@example.com").await.is(202);
    let token = app.post.secret_for("thief@example.com").await;
    ada.log_out_everywhere().await.is(204);
    confirm(&app, &token).await.refuses(400, BAD_CONFIRMATION);
    let ada = app.log_in(&ada.email).await;
    ask(&ada, "new@example.com").await.is(202);
    let token = app.post.secret_for("new@example.com").await;
    ada.log_out().await.is(204);
    confirm(&app, &token).await.is(200);
    assert_eq!(
        mail_to(&app, "ada@example.com").await,
        ["verify_email", "email_change_requested", "email_change_requested", "email_changed"]
    );
}

on_every_engine!(nothing_but_names_is_changed_directly);

/// PUT `/auth/me` never changes the address, the status, the verification or the password.
async fn nothing_but_names_is_changed_directly(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let before = ada.me().await.is(200).json();
    let body = json!({
        "id": ada.org, "email": "x@example.com", "status": "inactive", "is_active": false,
        "email_verified": true, "password": "another password", "password_hash": "x", "platform_admin": true,
        "created_at": "2020-01-01T00:00:00Z", "organizations": [], "pending_email": "y@example.com",
    });
    let after = ada.rename_me(body).await.is(200).json();
    assert_eq!(after, before);
    assert_eq!(ada.me().await.is(200).json(), before);
    try_password(&app, &ada.email, PASSWORD).await.is(200);
    try_password(&app, &ada.email, "another password").await.refuses(401, BAD_LOGIN);
    ada.platform_audit().await.refuses(403, "Access denied. Required: platform administrator");
}
