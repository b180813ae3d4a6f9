//! Frames of clients, valid and invalid.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

on_every_engine!(a_bad_frame_gets_an_error_and_no_close);

async fn a_bad_frame_gets_an_error_and_no_close(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    let deep = format!("{{\"type\": \"ping\", \"data\": {}", "[".repeat(60_000));
    for text in
        ["", "x", "{", "null", "[]", r#"["ping"]"#, "5", "{}", r#"{"type":5}"#, r#"{"type":"dance"}"#, &deep]
    {
        socket.say_text(text).await;
        socket.expect_error("invalid_request").await;
    }
    for kind in ["subscribe", "unsubscribe"] {
        for data in [json!(null), json!({}), json!({ "channel": "" }), json!({ "channel": 5 }), json!([])] {
            socket.say(kind, data).await;
            socket.expect_error("invalid_request").await;
        }
        socket.say(kind, json!({ "channel": "x".repeat(129) })).await;
        socket.expect_error("invalid_request").await;
    }
    socket.say_binary(b"{\"type\":\"ping\"}").await;
    socket.expect_error("invalid_request").await;
    socket.say_text(r#"{"type":"ping"}"#).await;
    assert_eq!(socket.expect("pong").await, json!({}));
    socket.say_text(r#"{"type":"ping","data":[1],"more":true}"#).await;
    socket.expect("pong").await;
    socket.ping().await;
    for piece in [b"{\"type\":".as_slice(), b"\"pi", b"ng\"}"].iter().enumerate() {
        socket.say_piece(piece.1, piece.0 == 0, piece.0 == 2).await;
    }
    socket.expect("pong").await;
}

on_every_engine!(a_socket_listens_to_so_many_channels);

async fn a_socket_listens_to_so_many_channels(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    for n in 0..64 {
        socket.say("subscribe", json!({ "channel": format!("c{n}") })).await;
        socket.expect("subscribed").await;
    }
    socket.say("subscribe", json!({ "channel": "one more" })).await;
    socket.expect_error("subscription_failed").await;
    socket.say("subscribe", json!({ "channel": "c0" })).await;
    socket.expect("subscribed").await;
    socket.say("unsubscribe", json!({ "channel": "c0" })).await;
    socket.expect("unsubscribed").await;
    socket.say("subscribe", json!({ "channel": "one more" })).await;
    socket.expect("subscribed").await;
}

on_every_engine!(a_frame_that_is_too_large_closes_the_socket);

async fn a_frame_that_is_too_large_closes_the_socket(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    socket.say_text(&"x".repeat(65_536)).await;
    socket.expect_error("invalid_request").await;
    socket.say_text(&"x".repeat(65_537)).await;
    socket.expect_close(1009, "Frame over 64 KiB").await;
    let mut socket = ada.socket(&ada.org).await;
    socket.say_binary(&vec![0; 1_000_000]).await;
    socket.expect_close(1009, "Frame over 64 KiB").await;
    let mut socket = ada.socket(&ada.org).await;
    let piece = vec![b'x'; 40_000];
    socket.say_piece(&piece, true, false).await;
    socket.say_piece(&piece, false, true).await;
    socket.expect_close(1009, "Message over 64 KiB").await;
    let mut socket = ada.socket(&ada.org).await;
    socket.say_piece(b"\xff\xfe", true, true).await;
    socket.expect_close(1007, "Text is not UTF-8").await;
}

on_every_engine!(the_server_pings_and_drops_who_is_silent);

async fn the_server_pings_and_drops_who_is_silent(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.sockets.ping_every = std::time::Duration::from_millis(300);
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let (mut lively, mut silent) = (ada.socket(&ada.org).await, ada.socket(&ada.org).await);
    for _ in 0..3 {
        lively.is_pinged().await;
        lively.is_quiet().await;
    }
    // It has read nothing and so sent no pong, while the other socket was pinged three times.
    assert!(silent.ended().await, "dropped without a word");
    lively.is_quiet().await;
}
