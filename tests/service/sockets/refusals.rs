//! Sockets that are refused, and the close reasons.

use bailiwick::kernel::UserId;
use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use super::reassign;

const UNKNOWN_ORG: &str = "0198c5a0-7d3e-7000-8000-0000000000ff";

async fn is_refused(caller: &Caller, query: &str, reason: &str) {
    let mut socket = caller.connect(query).await;
    socket.expect_close(1008, reason).await;
}

on_every_engine!(a_member_is_greeted);

async fn a_member_is_greeted(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let (mut first, one) = ada.greeted(&ada.org).await;
    assert_eq!((&one["user_id"], &one["org_id"]), (&json!(ada.id), &json!(ada.org)));
    assert_eq!(one["events"], json!(["*:*"]));
    let (mut second, other) = ada.greeted(&ada.org).await;
    for greeting in [&one, &other] {
        assert!(UserId::parse(greeting["channel_id"].as_str().unwrap()).is_some());
        assert_eq!(greeting.as_object().unwrap().len(), 4);
    }
    assert_ne!(one["channel_id"], other["channel_id"]);
    let (mut third, greeting) = bob.greeted(&ada.org).await;
    let me = bob.me_as_member().await.is(200).json();
    assert_eq!(greeting["events"], me["permissions"], "the strings as granted");
    for socket in [&mut first, &mut second, &mut third] {
        socket.is_quiet().await;
    }
    // Under /api too.
    let under = Caller { base: format!("{}/api", ada.base), ..ada.clone() };
    under.socket(&ada.org).await.leave().await;
    first.leave().await;
    second.is_quiet().await;
}

on_every_engine!(credentials_come_first);

async fn credentials_come_first(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (org, token) = (&ada.org, &ada.token);
    is_refused(&ada, "", "Missing token").await;
    is_refused(&ada, &format!("org_id={org}"), "Missing token").await;
    is_refused(&ada, &format!("token=&org_id={org}"), "Missing token").await;
    is_refused(&ada, "token=x&org_id=acme", "Invalid token: malformed").await;
    is_refused(&ada, "token=a.b.c", "Invalid token: malformed").await;
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(43));
    is_refused(&ada, &format!("token={forged}&org_id={org}"), "Invalid token: bad signature").await;
    is_refused(&ada, &format!("token={token}"), "Missing org_id").await;
    is_refused(&ada, &format!("token={token}&org_id="), "Missing org_id").await;
    is_refused(&ada, &format!("token={token}&org_id=acme"), "Invalid org id").await;
    let both = format!("token={token}&org_id={org}&org_id={UNKNOWN_ORG}");
    is_refused(&ada, &both, "Invalid org id").await;
    let stranger = "User is not a member of this organization";
    is_refused(&ada, &format!("token={token}&org_id={UNKNOWN_ORG}"), stranger).await;
    app.clock.advance(Duration::minutes(60));
    is_refused(&ada, &format!("token={token}&org_id={org}"), "Invalid token: expired").await;
    let ada = app.log_in_again(&ada).await;
    ada.log_out().await.is(204);
    is_refused(&ada, &ada.socket_query(), "Invalid token: revoked").await;
    is_refused(&ada, &format!("token={}", ada.token), "Invalid token: revoked").await;
}

on_every_engine!(membership_and_permission_come_next);

async fn membership_and_permission_come_next(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let eve = app.sign_up("eve").await;
    let query = |caller: &Caller| caller.in_org(&ada).socket_query();
    is_refused(&eve, &query(&eve), "User is not a member of this organization").await;
    ada.invite(&eve.email, "guest").await.is(200);
    is_refused(&eve, &query(&eve), "Access denied: User invitation is still pending acceptance").await;
    ada.suspend(&bob).await.is(200);
    let suspended = "Access denied: User access has been suspended in this organization";
    is_refused(&bob, &query(&bob), suspended).await;
    ada.restore(&bob).await.is(200);
    reassign(&ada, &bob, 30, &["kb:read"]).await;
    is_refused(&bob, &query(&bob), "Access denied. Required: ws:connect").await;
    ada.remove(&bob).await.is(204);
    is_refused(&bob, &query(&bob), "Access denied: User has been removed from this organization").await;
    app.anyone().post("/auth/login", json!({})).await;
    eve.deactivate_me().await.is(200);
    is_refused(&eve, &query(&eve), "User account is deactivated").await;
    is_refused(&eve, &format!("token={}", eve.token), "User account is deactivated").await;
}

on_every_engine!(only_an_upgrade_is_served);

async fn only_an_upgrade_is_served(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let path = format!("/ws/connect?{}", ada.socket_query());
    let reply = app.anyone().get(&path).await.refuses(426, "Upgrade Required");
    assert_eq!((reply.header("upgrade"), reply.header("sec-websocket-version")), ("websocket", "13"));
    assert_eq!(reply.field("/code"), "upgrade_required");
    let old = app.anyone().request(reqwest::Method::GET, &path);
    let old = old.header("connection", "upgrade").header("upgrade", "websocket");
    let old =
        old.header("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw==").header("sec-websocket-version", "8");
    ada.send(old).await.refuses(426, "Upgrade Required");
    app.anyone().post("/ws/connect", json!({})).await.is(405);
    // No other route reads a token from the URL.
    app.anyone().get(&format!("/auth/me?token={}", ada.token)).await.is(401);
}

on_every_engine!(pages_of_strangers_are_refused);

async fn pages_of_strangers_are_refused(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.cors_origins = vec!["https://front.example".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let query = ada.socket_query();
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "https://front.example.evil.example"]
    {
        assert_eq!(ada.try_connect(&query, &[("origin", origin)]).await.err(), Some(403), "{origin}");
    }
    let mut sockets = Vec::new();
    for origin in [app.base.as_str(), "https://front.example"] {
        let mut socket = ada.try_connect(&query, &[("origin", origin)]).await.unwrap();
        socket.expect("connect").await;
        sockets.push(socket);
    }
}

on_every_engine!(nothing_is_compressed);

async fn nothing_is_compressed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let query = ada.socket_query();
    let offer = [("sec-websocket-extensions", "permessage-deflate")];
    // The client fails if the server accepts an extension that the client does not support.
    ada.try_connect(&query, &offer).await.unwrap().expect("connect").await;
}
