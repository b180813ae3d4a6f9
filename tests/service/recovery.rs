//! Recovery of an account, by a token that an operator issued on the machine.

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::Duration;
use tokio::task::JoinSet;

use crate::audit::AuditLog;
use crate::logins::{
    BAD_LOGIN, BAD_RESET, PASSWORD, is_logged_out, log_in, mail_to, refresh, refuses_refresh, reset,
    reset_token, root, rows, try_password,
};
use crate::setup::in_sql;

const NEW: &str = "newSecurePassword123";
const NOT_ADMIN: &str = "Access denied. Required: platform administrator";

/// Stores a token as `admin recover` does, and returns it.
async fn recovery(app: &TestApp, email: &str, platform_admin: bool) -> String {
    let (prefix, kind) = if platform_admin { ("rca_", "admin_recovery") } else { ("rcv_", "recovery") };
    let token = format!("{prefix}{}", URL_SAFE_NO_PAD.encode([9; 32]));
    let ((hash, until), (_, now)) = (in_sql(app, &token, 60), in_sql(app, &token, 0));
    let issue = format!(
        "INSERT INTO one_time_secrets (hash, user_id, kind, created_at, expires_at)
         SELECT {hash}, id, '{kind}', {now}, {until} FROM users WHERE email = '{email}'"
    );
    app.operator(&issue).await;
    token
}

async fn start_demanding(engine: &Engine) -> TestApp {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    options.strict_mail = true;
    TestApp::start_with(engine, options).await
}

async fn logged_in(app: &TestApp, email: &str) -> Caller {
    let login = try_password(app, email, NEW).await.is(200);
    app.anyone().with_token(&login.text_of("/access_token"))
}

on_every_engine!(a_recovery_grants_nothing_before_it_is_used_and_ends_everything_then);

/// A stranger has signed up with the address and gains nothing by the recovery.
async fn a_recovery_grants_nothing_before_it_is_used_and_ends_everything_then(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let stranger = app.sign_up("ada").await;
    let (phone, renewal) = log_in(&app, &stranger.email).await;
    let before = reset_token(&app, &stranger.email).await;
    let token = recovery(&app, &stranger.email, true).await;
    stranger.platform_audit().await.refuses(403, NOT_ADMIN);
    assert_eq!(stranger.me().await.is(200).field("/email_verified"), false);
    try_password(&app, &stranger.email, PASSWORD).await.is(200);
    reset(&app, &before, "short").await.is(422);
    // A password reset does not replace it either.
    let mailed = reset_token(&app, &stranger.email).await;
    stranger.change_email("away@example.com", PASSWORD).await.is(202);
    let confirm = json!({ "token": app.post.secret_for("away@example.com").await });

    for wrong in [format!("rst_{}", &token[4..]), format!("rcv_{}", &token[4..]), format!("{token}A")] {
        reset(&app, &wrong, NEW).await.refuses(400, BAD_RESET);
    }
    reset(&app, &token, "short").await.is(422);
    reset(&app, &token, NEW).await.is(200);
    for login in [&stranger, &phone] {
        is_logged_out(login).await;
    }
    refuses_refresh(refresh(&app, &renewal).await);
    try_password(&app, &stranger.email, PASSWORD).await.refuses(401, BAD_LOGIN);
    reset(&app, &mailed, PASSWORD).await.refuses(400, BAD_RESET);
    app.anyone().post("/auth/confirm-email", confirm).await.is(400);
    reset(&app, &token, PASSWORD).await.refuses(400, BAD_RESET);
    let ada = logged_in(&app, &stranger.email).await;
    ada.platform_audit().await.is(200);
    assert_eq!(ada.me().await.is(200).field("/email_verified"), true);
    assert_eq!(mail_to(&app, "ada@example.com").await, ["email_change_requested"]);
}

on_every_engine!(a_recovery_without_the_platform_grants_none_of_it);

async fn a_recovery_without_the_platform_grants_none_of_it(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, root) = (app.sign_up("ada").await, root(&app).await);
    let token = recovery(&app, &ada.email, false).await;
    let as_admin = format!("rca_{}", &token[4..]);
    reset(&app, &as_admin, NEW).await.refuses(400, BAD_RESET);
    reset(&app, &token, NEW).await.is(200);
    logged_in(&app, &ada.email).await.platform_audit().await.refuses(403, NOT_ADMIN);
    // An administrator keeps that status.
    let token = recovery(&app, &root.email, false).await;
    reset(&app, &token, NEW).await.is(200);
    logged_in(&app, &root.email).await.platform_audit().await.is(200);
}

on_every_engine!(an_account_that_is_switched_off_comes_back_with_its_organization);

async fn an_account_that_is_switched_off_comes_back_with_its_organization(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    // Deactivated before the token is issued, and after.
    for (name, off_first) in [("ada", true), ("bob", false)] {
        let user = app.sign_up(name).await;
        if off_first {
            user.deactivate_me().await.is(200);
        }
        let token = recovery(&app, &user.email, false).await;
        if !off_first {
            user.deactivate_me().await.is(200);
        }
        reset(&app, &token, NEW).await.is(200);
        let me = logged_in(&app, &user.email).await.me().await.is(200);
        assert_eq!((me.field("/status"), me.field("/email_verified")), (json!("active"), json!(true)));
        assert_eq!(me.field("/organizations").as_array().unwrap().len(), 1);
        app.operator("DELETE FROM one_time_secrets").await;
    }
}

on_every_engine!(a_pending_account_is_verified_by_it);

async fn a_pending_account_is_verified_by_it(engine: Engine) {
    let app = start_demanding(&engine).await;
    let email = "ada@example.com";
    let body = json!({ "email": email, "password": PASSWORD, "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup", body).await.is(202);
    let link = app.post.secret_for(email).await;
    let token = recovery(&app, email, false).await;
    reset(&app, &token, NEW).await.is(200);
    try_password(&app, email, PASSWORD).await.refuses(401, BAD_LOGIN);
    logged_in(&app, email).await.me().await.is(200);
    app.anyone().verify_email(&link).await.is(200);
    try_password(&app, email, PASSWORD).await.refuses(401, BAD_LOGIN);
}

on_every_engine!(a_recovery_ends_with_what_it_was_issued_for);

async fn a_recovery_ends_with_what_it_was_issued_for(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (root, ada) = (root(&app).await, app.sign_up("ada").await);
    // It ends with its expiry.
    let token = recovery(&app, &ada.email, true).await;
    app.clock.advance(Duration::minutes(60));
    reset(&app, &token, NEW).await.refuses(400, BAD_RESET);
    app.operator("DELETE FROM one_time_secrets").await;
    // It ends with a change of the address.
    let (root, ada) = (app.log_in(&root.email).await, app.log_in(&ada.email).await);
    let token = recovery(&app, &ada.email, true).await;
    ada.change_password(PASSWORD, "another password").await.is(204);
    ada.change_email("away@example.com", "another password").await.is(202);
    let confirm = json!({ "token": app.post.secret_for("away@example.com").await });
    app.anyone().post("/auth/confirm-email", confirm).await.is(200);
    reset(&app, &token, NEW).await.refuses(400, BAD_RESET);
    // It ends with the account.
    recovery(&app, "away@example.com", true).await;
    root.delete_user(&ada.get("/auth/me").await.is(200).text_of("/id")).await.is(204);
    reset(&app, &token, NEW).await.refuses(400, BAD_RESET);
    assert_eq!(
        mail_to(&app, "ada@example.com").await,
        ["verify_email", "email_change_requested", "email_changed"]
    );
}

on_every_engine!(whoever_holds_mailbox_or_password_ends_no_recovery);

async fn whoever_holds_mailbox_or_password_ends_no_recovery(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let token = recovery(&app, &ada.email, false).await;
    let mailed = reset_token(&app, &ada.email).await;
    reset(&app, &mailed, PASSWORD).await.is(200);
    let ada = app.log_in(&ada.email).await;
    ada.change_password(PASSWORD, "another password").await.is(204);
    reset(&app, &token, NEW).await.is(200);
    ada.me().await.refuses(401, "Invalid or expired token");
}

on_every_engine!(of_many_at_once_one_recovers);

async fn of_many_at_once_one_recovers(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.deactivate_me().await.is(200);
    let token = recovery(&app, &ada.email, true).await;
    let mut calls = JoinSet::new();
    for n in 0..32 {
        let (anyone, token, password) = (app.anyone(), token.clone(), format!("new password of call {n}"));
        calls.spawn(async move { (anyone.reset_password(&token, &password).await, password) });
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
    let told = "SELECT action FROM audit_log WHERE action = 'account.recover'";
    assert_eq!(rows(&app, told).await.len(), 1);
}

on_every_engine!(a_recovery_is_told);

async fn a_recovery_is_told(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let mut trail = AuditLog::of(&app).await;
    let ada = app.sign_up("ada").await;
    let token = recovery(&app, &ada.email, true).await;
    ada.deactivate_me().await.is(200);
    let body = json!({ "token": token, "password": NEW });
    let (id, org) = (&ada.id, &ada.org);
    let told = |action: &str, was: Value, is: Value| json!([action, null, id, ["user", id], was, is]);
    let reset = "post /auth/reset-password";
    trail
        .leaves(&app.anyone(), reset, body, |_| {
            vec![
                told("account.recover", Value::Null, json!({ "sessions_ended": 0 })),
                told(
                    "account.verify_email",
                    json!({ "email_verified": false }),
                    json!({ "email_verified": true }),
                ),
                told("account.activate", json!({ "status": "inactive" }), json!({ "status": "active" })),
                json!(["organization.restore", org, id, ["organization", org], null, null]),
                told("account.recover_admin", Value::Null, json!({ "email": ada.email })),
            ]
        })
        .await;
}
