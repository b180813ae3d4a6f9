//! Programs open links before people do (CVE-2019-1020018).

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// The pages of mailed links.
const PAGES: [&str; 4] = ["/accept-invitation", "/verify-email", "/reset-password", "/confirm-email"];

/// Requests every route that takes such a token by each method that must not change anything.
async fn looked_at(anyone: &Caller, token: &str) {
    for path in [
        "/auth/signup-invite",
        "/invitations/accept",
        "/invitations/decline",
        "/auth/verify-email",
        "/auth/reset-password",
        "/auth/confirm-email",
        PAGES[0],
        PAGES[1],
        PAGES[2],
        PAGES[3],
    ] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            let query = format!("{path}?token={token}");
            let with_body = anyone.request(method.clone(), path).json(&json!({ "token": token }));
            for request in [anyone.request(method.clone(), &query), with_body] {
                let reply = anyone.send(request).await;
                let may_show = (path == "/auth/signup-invite" || PAGES.contains(&path))
                    && matches!(method, Method::GET | Method::HEAD);
                let tells_methods = method == Method::OPTIONS && reply.status == 204;
                assert!(
                    may_show || tells_methods || reply.status >= 400,
                    "{} {}",
                    reply.request,
                    reply.status
                );
            }
        }
        let elsewhere = anyone.request(Method::POST, &format!("{path}?token={token}")).json(&json!({}));
        assert!(anyone.send(elsewhere).await.status >= 400, "{path}: a token in the query is none");
    }
}

on_every_engine!(looking_at_a_link_uses_nothing_up);

async fn looking_at_a_link_uses_nothing_up(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for(&ada.email).await;
    ada.change_email("ada@new.example", PASSWORD).await.is(202);
    let change = app.post.secret_for("ada@new.example").await;
    app.anyone().forgot_password(&ada.email).await.is(200);
    let reset = app.post.secret_for(&ada.email).await;
    ada.invite("bob@example.com", "guest").await.is(200);
    let invitation = app.post.secret_for("bob@example.com").await;

    for who in [&app.anyone(), &ada] {
        for token in [&verification, &change, &reset, &invitation] {
            looked_at(who, token).await;
        }
    }
    let shown = app.anyone().preview(&invitation).await.is(200);
    assert_eq!(shown.field("/email"), "bob@example.com");
    let with = |token: &str, more: Value| {
        let mut body = more;
        body["token"] = json!(token);
        body
    };
    let person =
        json!({ "email": "bob@example.com", "password": PASSWORD, "first_name": "B", "last_name": "B" });
    let anyone = app.anyone();
    for (path, body, status) in [
        ("/auth/verify-email", with(&verification, json!({})), 200),
        ("/auth/signup-invite", with(&invitation, person), 201),
        ("/auth/confirm-email", with(&change, json!({})), 200),
    ] {
        anyone.post(path, body).await.is(status);
    }
    // The move to another address invalidated the links mailed to the old one.
    let password = json!({ "password": "another long password" });
    let ended = anyone.post("/auth/reset-password", with(&reset, password)).await;
    ended.refuses(400, "Invalid or expired reset token");
}

on_every_engine!(looking_at_a_reset_link_uses_nothing_up);

async fn looking_at_a_reset_link_uses_nothing_up(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    app.post.secret_for(&ada.email).await;
    app.anyone().forgot_password(&ada.email).await.is(200);
    let reset = app.post.secret_for(&ada.email).await;
    looked_at(&app.anyone(), &reset).await;
    let body = json!({ "token": reset, "password": "another long password" });
    app.anyone().post("/auth/reset-password", body.clone()).await.is(200);
    app.anyone().post("/auth/reset-password", body).await.refuses(400, "Invalid or expired reset token");
}

on_every_engine!(a_token_opens_its_own_door_only);

async fn a_token_opens_its_own_door_only(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let verification = app.post.secret_for(&ada.email).await;
    app.anyone().forgot_password(&ada.email).await.is(200);
    let reset = app.post.secret_for(&ada.email).await;
    let anyone = app.anyone();
    for (path, token, detail) in [
        ("/auth/verify-email", &reset, "Invalid or expired verification token"),
        ("/auth/reset-password", &verification, "Invalid or expired reset token"),
        ("/auth/refresh", &reset, "Invalid or expired refresh token"),
    ] {
        let body = json!({ "token": token, "refresh_token": token, "password": "another long password" });
        let refused = anyone.post(path, body).await;
        assert_eq!(refused.field("/detail"), detail, "{path}");
    }
    for token in [&verification, &reset] {
        let refused = anyone.decline_token(token).await;
        refused.refuses(404, "Invitation not found");
        anyone.with_token(token).me().await.is(401);
    }
    anyone.verify_email(&verification).await.is(200);
    anyone.reset_password(&reset, "another long password").await.is(200);
}
