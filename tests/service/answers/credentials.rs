//! Passwords, addresses and logins.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::Scene;
use crate::logins::{PASSWORD, log_in as logged_in, reset_token};

super::pinned!(
    log_in,
    refresh,
    verify_email,
    resend_verification,
    change_email,
    confirm_email,
    change_password,
    forgot_password,
    reset_password,
);

const WRONG: &str = "wrong horse battery";
const NEW: &str = "another long password";

async fn log_in(Scene { anyone, ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        anyone.try_log_in(&ada.email, PASSWORD).await.is(200),
        anyone.try_log_in(&ada.email, WRONG).await.is(401),
        anyone.try_log_in(&off.email, PASSWORD).await.is(403),
        anyone.post("/auth/login", json!({})).await.is(422),
    ]
}

async fn refresh(Scene { app, anyone, ada, .. }: &Scene) -> Vec<Reply> {
    let (_, token) = logged_in(app, &ada.email).await;
    vec![
        anyone.refresh(&token).await.is(200),
        anyone.refresh("ref_wrong").await.is(401),
        anyone.post("/auth/refresh", json!({})).await.is(422),
    ]
}

async fn verify_email(Scene { app, anyone, ada, .. }: &Scene) -> Vec<Reply> {
    let token = app.post.secret_for(&ada.email).await;
    vec![
        anyone.verify_email(&token).await.is(200),
        anyone.verify_email("ver_wrong").await.is(400),
        anyone.post("/auth/verify-email", json!({})).await.is(422),
    ]
}

async fn resend_verification(Scene { anyone, ada, .. }: &Scene) -> Vec<Reply> {
    vec![
        anyone.resend_verification(&ada.email).await.is(200),
        anyone.post("/auth/resend-verification", json!({})).await.is(422),
    ]
}

async fn change_email(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.change_email("lovelace@example.com", PASSWORD).await.is(202),
        ada.change_email("lovelace@example.com", WRONG).await.is(401),
        off.change_email("lovelace@example.com", PASSWORD).await.is(403),
        ada.change_email(&ada.email, PASSWORD).await.is(409),
        ada.post("/auth/change-email", json!({})).await.is(422),
    ]
}

async fn confirm_email(Scene { app, anyone, ada, eve, .. }: &Scene) -> Vec<Reply> {
    ada.change_email("lovelace@example.com", PASSWORD).await.is(202);
    let token = app.post.secret_for("lovelace@example.com").await;
    eve.change_email("zoe@example.com", PASSWORD).await.is(202);
    let too_late = app.post.secret_for("zoe@example.com").await;
    app.sign_up("zoe").await;
    vec![
        anyone.confirm_email(&token).await.is(200),
        anyone.confirm_email("ver_wrong").await.is(400),
        anyone.confirm_email(&too_late).await.is(409),
        anyone.post("/auth/confirm-email", json!({})).await.is(422),
    ]
}

async fn change_password(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.change_password(WRONG, NEW).await.is(401),
        off.change_password(PASSWORD, NEW).await.is(403),
        ada.change_password(PASSWORD, "short").await.is(422),
        ada.change_password(PASSWORD, NEW).await.is(204),
    ]
}

async fn forgot_password(Scene { anyone, ada, .. }: &Scene) -> Vec<Reply> {
    vec![
        anyone.forgot_password(&ada.email).await.is(200),
        anyone.post("/auth/forgot-password", json!({})).await.is(422),
    ]
}

async fn reset_password(Scene { app, anyone, ada, .. }: &Scene) -> Vec<Reply> {
    let token = reset_token(app, &ada.email).await;
    vec![
        anyone.reset_password("rst_wrong", NEW).await.is(400),
        anyone.reset_password(&token, "short").await.is(422),
        anyone.reset_password(&token, NEW).await.is(200),
    ]
}
