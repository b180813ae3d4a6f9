//! Changing the caller's password.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use tokio::task::JoinSet;

use crate::logins::{
    BAD_LOGIN, BAD_RESET, PASSWORD, is_logged_out, log_in, refresh, refuses_refresh, reset, reset_token,
    try_password,
};

const NEW: &str = "newSecurePassword123";

on_every_engine!(all_other_logins_end);

async fn all_other_logins_end(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let eve = app.sign_up("eve").await;
    app.sign_up("ada").await;
    let (ada, own) = log_in(&app, "ada@example.com").await;
    let (phone, phones) = log_in(&app, &ada.email).await;
    let link = reset_token(&app, &ada.email).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    let done = ada.post("/auth/change-password", body.clone()).await.is(204);
    assert_eq!(done.text, "");
    ada.me().await.is(200);
    refresh(&app, &own).await.is(200);
    is_logged_out(&phone).await;
    refuses_refresh(refresh(&app, &phones).await);
    eve.me().await.is(200);
    reset(&app, &link, "another new password").await.refuses(400, BAD_RESET);
    try_password(&app, &ada.email, PASSWORD).await.refuses(401, BAD_LOGIN);
    try_password(&app, &ada.email, NEW).await.is(200);
    ada.post("/auth/change-password", body).await.refuses(401, BAD_LOGIN);
}

on_every_engine!(a_change_that_is_refused_changes_nothing);

async fn a_change_that_is_refused_changes_nothing(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let phone = app.log_in(&ada.email).await;
    let path = "/auth/change-password";
    for current in ["wrong horse battery", "", &"x".repeat(2000)] {
        let reply = ada.post(path, json!({ "current_password": current, "new_password": NEW })).await;
        let reply = reply.refuses(401, BAD_LOGIN);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    for (new, code) in [("short", "too_short"), ("password123", "too_common")] {
        let reply =
            ada.post(path, json!({ "current_password": PASSWORD, "new_password": new })).await.is(422);
        assert_eq!(reply.field("/errors/0/pointer"), "/new_password");
        assert_eq!(reply.field("/errors/0/code"), code);
    }
    let reply = ada.post(path, json!({})).await.is(422);
    assert_eq!(reply.field("/errors/0/pointer"), "/current_password");
    assert_eq!(reply.field("/errors/1/pointer"), "/new_password");
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    app.anyone().post(path, body).await.refuses(401, "Missing authentication credentials");
    phone.me().await.is(200);
    try_password(&app, &ada.email, PASSWORD).await.is(200);
}

on_every_engine!(of_changes_at_once_one_wins);

async fn of_changes_at_once_one_wins(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut calls = JoinSet::new();
    for n in 0..16 {
        let (ada, new) = (ada.clone(), format!("new password of call {n}"));
        calls.spawn(async move { (ada.change_password(PASSWORD, &new).await.status, new) });
    }
    let outcomes = calls.join_all().await;
    let winners: Vec<_> = outcomes.iter().filter(|(status, _)| *status == 204).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|(status, _)| matches!(status, 204 | 401)), "{outcomes:?}");
    try_password(&app, &ada.email, &winners[0].1).await.is(200);
    ada.me().await.is(200);
}
