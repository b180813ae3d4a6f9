//! A token is renewed on an open socket.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

on_every_engine!(a_newer_token_keeps_a_socket_open);

async fn a_newer_token_keeps_a_socket_open(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    app.clock.advance(Duration::minutes(50));
    let later = app.log_in(&ada.email).await;
    socket.say("authenticate", json!({ "token": later.token })).await;
    assert_eq!(socket.expect("authority_changed").await, json!({ "events": ["*:*"] }));
    app.clock.advance(Duration::minutes(50));
    socket.is_quiet().await;
    app.clock.advance(Duration::minutes(10));
    socket.expect_close(1008, "Invalid token: expired").await;
}

on_every_engine!(a_renewed_socket_follows_the_newer_session);

async fn a_renewed_socket_follows_the_newer_session(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    let later = app.log_in(&ada.email).await;
    socket.say("authenticate", json!({ "token": later.token })).await;
    socket.expect("authority_changed").await;
    ada.log_out().await.is(204);
    socket.is_quiet().await;
    later.log_out().await.is(204);
    socket.expect_close(1008, "Invalid token: revoked").await;
}

on_every_engine!(a_token_that_is_no_good_changes_nothing);

async fn a_token_that_is_no_good_changes_nothing(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let mut socket = ada.socket(&ada.org).await;
    let gone = app.log_in(&ada.email).await;
    gone.log_out().await.is(204);
    for (token, message) in [
        ("x", "Invalid token: malformed"),
        (gone.token.as_str(), "Invalid token: revoked"),
        (bob.token.as_str(), "The token is another user's"),
    ] {
        socket.say("authenticate", json!({ "token": token })).await;
        assert_eq!(socket.expect_error("unauthorized").await, message);
    }
    for data in [json!({}), json!({ "token": 5 }), json!(null), json!("x")] {
        socket.say("authenticate", data).await;
        socket.expect_error("invalid_request").await;
    }
    socket.is_quiet().await;
    app.clock.advance(Duration::minutes(60));
    socket.expect_close(1008, "Invalid token: expired").await;
}
