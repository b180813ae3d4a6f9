//! The end of TCP after the closing handshake (RFC 6455, section 7.1.1).

use std::time::Duration;

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

use super::raw::{RawSocket, frame};

/// Maximum time from the close frame to the end of TCP, at which browsers fire the close event.
const AT_ONCE: Duration = Duration::from_millis(200);
/// Number of attempts, of which the fastest counts, because this machine may be busy.
const TRIES: usize = 5;

/// Asserts that TCP ends at once after the close frame that the socket of `open` gets.
async fn ends_at_once(what: &str, closed: (u16, &str), echo: bool, open: impl AsyncFn() -> RawSocket) {
    let mut fastest = Duration::MAX;
    for _ in 0..TRIES {
        let mut socket = open().await;
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.as_str()), closed, "{what}");
        if echo {
            socket.send(&frame(0x88, &code.to_be_bytes())).await;
        }
        fastest = fastest.min(socket.end().await);
        if fastest < AT_ONCE / 10 {
            break;
        }
    }
    assert!(fastest < AT_ONCE, "{what}, echo {echo}: {fastest:?}");
}

on_every_engine!(tcp_ends_with_the_socket_that_the_client_closes);

async fn tcp_ends_with_the_socket_that_the_client_closes(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for close in [b"".as_slice(), b"\x03\xe8", b"\x03\xe9going", b"\x0b\xb8", b"\x13\x87bye"] {
        ends_at_once(&format!("{close:?}"), (1000, ""), false, async || {
            let mut socket = RawSocket::greeted(&ada).await;
            socket.send(&frame(0x88, close)).await;
            socket
        })
        .await;
    }
}

on_every_engine!(tcp_ends_with_the_socket_that_the_server_closes);

async fn tcp_ends_with_the_socket_that_the_server_closes(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for echo in [true, false] {
        for (query, reason) in [
            (String::new(), "Missing token"),
            ("ticket=none".to_owned(), "Invalid ticket"),
            (format!("token={}", ada.token), "Missing org_id"),
        ] {
            ends_at_once(&query, (1008, reason), echo, async || RawSocket::open(&ada, &query).await).await;
        }
        for (sent, code, reason) in [
            (frame(0xc1, b"x"), 1002, "Protocol error"),
            (frame(0x81, b"\xff"), 1007, "Text is not UTF-8"),
            (frame(0x82, &vec![0; 70_000]), 1009, "Frame over 64 KiB"),
        ] {
            ends_at_once(reason, (code, reason), echo, async || {
                let mut socket = RawSocket::greeted(&ada).await;
                socket.send(&sent).await;
                socket
            })
            .await;
        }
        ends_at_once("revoked", (1008, "Invalid token: revoked"), echo, async || {
            let again = app.log_in_again(&ada).await;
            let socket = RawSocket::greeted(&again).await;
            again.log_out().await.is(204);
            socket
        })
        .await;
    }
}

on_every_engine!(tcp_ends_when_the_node_stops);

async fn tcp_ends_when_the_node_stops(engine: Engine) {
    let mut app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = RawSocket::greeted(&ada).await;
    let stopped = tokio::task::spawn_blocking(move || app.stop());
    assert_eq!(socket.closed().await, (1012, "Service restart".to_owned()));
    socket.end().await;
    stopped.await.unwrap();
}

on_every_engine!(one_who_goes_on_sending_reads_why_it_is_closed);

/// No reset discards the close frame, and the connection is still closed in the end.
async fn one_who_goes_on_sending_reads_why_it_is_closed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = RawSocket::greeted(&ada).await;
    socket.send(&frame(0xf1, b"")).await;
    for _ in 0..32 {
        socket.send(&vec![b'x'; 64 * 1024]).await;
    }
    assert_eq!(socket.closed().await, (1002, "Protocol error".to_owned()));
    socket.end().await;
    // The client never closes its side, so the server resets the connection.
    let started = Instant::now();
    while socket.0.write_all(b"x").await.is_ok() {
        assert!(started.elapsed() < Duration::from_secs(10), "it is still open");
        sleep(Duration::from_millis(50)).await;
    }
}

on_every_engine!(what_waits_is_told_before_the_end);

/// The close frame follows all frames that were waiting to be sent.
async fn what_waits_is_told_before_the_end(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada: Caller = app.sign_up("ada").await;
    let mut socket = RawSocket::greeted(&ada).await;
    for n in 0..20 {
        ada.publish(&ada.org, "kb:read", None, json!(format!("{n}{}", "x".repeat(60_000)))).await;
    }
    socket.send(&frame(0x81, br#"{"type":"ping"}"#)).await;
    let mut events = 0;
    loop {
        let (first, payload) = socket.frame().await;
        assert_eq!(first, 0x81);
        if String::from_utf8(payload).unwrap().contains("\"pong\"") {
            break;
        }
        events += 1;
    }
    while events < 20 {
        assert_eq!(socket.frame().await.0, 0x81);
        events += 1;
    }
    socket.send(&frame(0x88, b"\x03\xe8")).await;
    assert_eq!(socket.closed().await, (1000, String::new()));
    socket.end().await;
}
