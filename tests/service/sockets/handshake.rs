//! The upgrade, byte by byte: a refused one keeps the ticket, and the subprotocol is negotiated.

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The head of the response, in lower case.
async fn handshake(app: &TestApp, line: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "{line}\r\nHost: id.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(answer).unwrap().to_lowercase()
}

async fn ticket(caller: &Caller) -> String {
    caller.ticket().await.is(200).text_of("/ticket")
}

on_every_engine!(head_and_http_1_0_use_no_ticket_up);

async fn head_and_http_1_0_use_no_ticket_up(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for prefix in ["", "/api"] {
        let ticket = ticket(&ada).await;
        let target = format!("{prefix}/ws/connect?ticket={ticket}");
        let answer = handshake(&app, &format!("HEAD {target} HTTP/1.1"), "").await;
        assert!(answer.starts_with("http/1.1 405 "), "{answer}");
        assert!(answer.contains("\r\nallow: get, options\r\n"), "{answer}");
        let answer = handshake(&app, &format!("OPTIONS {target} HTTP/1.1"), "").await;
        assert!(answer.starts_with("http/1.1 204 "), "{answer}");
        let answer = handshake(&app, &format!("GET {target} HTTP/1.0"), "").await;
        assert!(answer.split(' ').nth(1) == Some("426"), "{answer}");
        assert!(answer.contains("\r\nupgrade: websocket\r\n"), "{answer}");
        let second_key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
        for body in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", second_key] {
            let answer = handshake(&app, &format!("GET {target} HTTP/1.1"), body).await;
            assert!(answer.starts_with("http/1.1 400 "), "{answer}");
        }
        let mut socket = ada.connect(&format!("ticket={ticket}")).await;
        socket.expect("connect").await;
    }
}

on_every_engine!(the_first_subprotocol_offered_that_is_configured);

async fn the_first_subprotocol_offered_that_is_configured(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.sockets.subprotocols = vec!["chat.v2".to_owned(), "chat.v1".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let line = format!("GET /ws/connect?{} HTTP/1.1", ada.socket_query());
    for (offered, answered) in [
        ("", None),
        ("Sec-WebSocket-Protocol: chat.v1\r\n", Some("chat.v1")),
        ("Sec-WebSocket-Protocol: other, chat.v1, chat.v2\r\n", Some("chat.v1")),
        ("Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Protocol: chat.v2,chat.v1\r\n", Some("chat.v2")),
        ("Sec-WebSocket-Protocol: other, CHAT.V1, chat\r\n", None),
    ] {
        let answer = handshake(&app, &line, offered).await;
        assert!(answer.starts_with("http/1.1 101 "), "{answer}");
        let lines: Vec<_> =
            answer.lines().filter_map(|line| line.strip_prefix("sec-websocket-protocol: ")).collect();
        assert_eq!(lines, answered.into_iter().collect::<Vec<_>>(), "{offered}");
    }
}

on_every_engine!(no_subprotocol_is_answered_by_default);

async fn no_subprotocol_is_answered_by_default(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let line = format!("GET /ws/connect?{} HTTP/1.1", ada.socket_query());
    let answer = handshake(&app, &line, "Sec-WebSocket-Protocol: chat.v1\r\n").await;
    assert!(answer.starts_with("http/1.1 101 ") && !answer.contains("sec-websocket-protocol"), "{answer}");
}
