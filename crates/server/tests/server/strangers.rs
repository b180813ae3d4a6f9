//! Input of unauthenticated clients and guests, which must not fill the memory or the log.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use bailiwick_testkit::app::Caller;

use crate::bombs::memory;
use crate::sockets::owner;
use crate::support::{Service, TIMEOUT, WorkDir};

/// Number of sockets that a guest may open.
const SOCKETS: usize = 20;
/// Memory that one socket may take, in KiB: the limit of a message, and one read from TCP.
const EACH: u64 = 64 + 512;

fn connect(service: &Service) -> TcpStream {
    let stream = TcpStream::connect(service.api.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// Opens a socket whose first frame may not have been read yet.
fn socket(service: &Service, who: &Caller) -> TcpStream {
    let mut stream = connect(service);
    write!(
        stream,
        "GET /ws/connect?token={}&org_id={} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        who.token, who.org
    )
    .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// Sends until the peer takes no more or `most` bytes were sent; returns the number of bytes sent.
fn pour(stream: &mut TcpStream, bytes: &[u8], most: usize) -> usize {
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut poured = 0;
    while poured < most {
        match stream.write(bytes) {
            Ok(some) => poured += some,
            Err(error) => {
                let blocked = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                let gone = matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
                assert!(blocked || gone, "{error}");
                break;
            }
        }
    }
    poured
}

/// Sends `bytes` after `header` into many sockets; returns them and the growth of memory in KiB.
fn flood(service: &Service, who: &Caller, header: &[u8], bytes: &[u8], most: usize) -> (Vec<TcpStream>, u64) {
    let mut sockets: Vec<_> = (0..SOCKETS).map(|_| socket(service, who)).collect();
    let before = memory(service);
    let mut highest = before;
    for socket in &mut sockets {
        socket.write_all(header).unwrap();
        pour(socket, bytes, most);
        highest = highest.max(memory(service));
    }
    (sockets, highest - before)
}

fn warm(service: &Service, who: &Caller) {
    for _ in 0..SOCKETS {
        socket(service, who);
    }
}

#[test]
fn a_frame_that_announces_much_fills_no_memory() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let ada = owner(&service);
    warm(&service, &ada);
    // The header of a text frame of 2^40 bytes, followed by many bytes.
    let header = [0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    let (sockets, grown) = flood(&service, &ada, &header, &vec![b'x'; 64 * 1024], 16 << 20);
    assert!(grown < SOCKETS as u64 * EACH, "{grown} KiB");
    for mut socket in sockets {
        let mut all = Vec::new();
        // A client that goes on sending after the close frame may be reset.
        let _ = socket.read_to_end(&mut all);
        let text = String::from_utf8_lossy(&all);
        assert!(text.ends_with("\u{3}\u{fffd}Frame over 64 KiB"), "{text}");
    }
    assert_eq!(service.get("/healthz", None).status, 200);
}

#[test]
fn small_frames_without_end_fill_no_memory() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let ada = owner(&service);
    warm(&service, &ada);
    let many = |frame: &[u8]| frame.repeat(10_000);
    for (header, frames) in [
        // Pings whose pongs are not read; requests, likewise; pongs; a message of empty frames.
        (b"".as_slice(), many(&[0x89, 0x80, 0, 0, 0, 0])),
        (b"", many(&[[0x81, 0x8f, 0, 0, 0, 0].as_slice(), br#"{"type":"ping"}"#].concat())),
        (b"", many(&[0x8a, 0x80, 0, 0, 0, 0])),
        (&[0x01, 0x80, 0, 0, 0, 0], many(&[0x00, 0x80, 0, 0, 0, 0])),
        // A message that is never complete.
        (&[0x01, 0xfe, 0xff, 0xff, 0, 0, 0, 0], vec![b'x'; 65_534]),
    ] {
        let most = if frames.len() == 65_534 { frames.len() } else { 2 << 20 };
        let (sockets, grown) = flood(&service, &ada, header, &frames, most);
        assert!(grown < SOCKETS as u64 * EACH, "{grown} KiB: {:x?}", &frames[..6]);
        drop(sockets);
    }
    assert_eq!(service.get("/healthz", None).status, 200);
}

/// Sends the bytes, then closes the connection, or returns what the server sends until it closes.
fn throw(service: &Service, bytes: &[u8], hangs_up: bool) -> Vec<u8> {
    let mut stream = connect(service);
    let mut answer = Vec::new();
    if stream.write_all(bytes).is_ok() && !hangs_up {
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut answer);
    }
    answer
}

fn strange_requests() -> Vec<Vec<u8>> {
    let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n").into_bytes();
    let post = |more: &str, body: &str| {
        let head = "POST /auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
        format!("{head}{more}\r\n{body}").into_bytes()
    };
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.extend([0xa5; 500]);
    vec![
        b"\r\n\r\n".to_vec(),
        b"GARBAGE\r\n\r\n".to_vec(),
        hello,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        (0..=255).collect(),
        vec![0; 5000],
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"G<>T / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(),
        b"GET /".to_vec(),
        get("/\u{fffd}", ""),
        get("/%", ""),
        get("/%ff%00/../%2e%2e", "Connection: close\r\n"),
        get("/organizations/%ff", "Connection: close\r\n"),
        get("/auth/signup-invite?token=%ff%00", "Connection: close\r\n"),
        get(&format!("/auth/signup-invite?token={}", "x".repeat(60_000)), "Connection: close\r\n"),
        get(&format!("/{}", "x".repeat(70_000)), "Connection: close\r\n"),
        get("http://other.example/healthz", "Connection: close\r\n"),
        get("/healthz", &"X-A: b\r\n".repeat(200)),
        get("/healthz", &format!("X-A: {}\r\n", "x".repeat(200_000))),
        get("/healthz", "Host: other\r\n"),
        get("/healthz", "X A: b\r\n"),
        get("/healthz", "Authorization: \u{80}\r\nConnection: close\r\n"),
        b"CONNECT other.example:443 HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(),
        b"TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".to_vec(),
        b"BREW /auth/login HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".to_vec(),
        post("Content-Length: 5\r\nContent-Length: 6\r\n", "{}"),
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "{}"),
        post("Content-Length: -1\r\n", "{}"),
        post("Content-Length: 99999999999999999999\r\n", "{}"),
        post("Content-Length: 500\r\n", "{"),
        post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n{}"),
        post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "2\r\n{}"),
        post("Transfer-Encoding: gzip, chunked\r\n", "{}"),
        post("Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n", "{}"),
        post("Expect: a miracle\r\nContent-Length: 2\r\nConnection: close\r\n", "{}"),
        post("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n", "{}"),
        [post("Content-Length: 2\r\n", "{}"), b"GARBAGE\r\n\r\n".to_vec()].concat(),
        get(
            "/ws/connect",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
        ),
        get("/ws/connect", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\n"),
    ]
}

#[test]
fn no_client_can_write_to_the_log_or_cause_a_5xx() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("BAILIWICK__SERVER__REQUEST_SECONDS", "1")]);
    service.get("/healthz", None).json(200);
    let before = service.log();
    for bytes in strange_requests() {
        let answer = throw(&service, &bytes, false);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        assert!(!answer.starts_with(b"HTTP/1.1 5"), "{shown}: {}", String::from_utf8_lossy(&answer));
        throw(&service, &bytes, true);
    }
    // Malformed frames, and sockets that are closed within one.
    let ada = owner(&service);
    for bytes in [[0x09_u8].as_slice(), &[0x81, 0x85], &[0xff; 64], &[0x88, 0x80, 0, 0, 0, 0], &[]] {
        for waits in [true, false] {
            let mut socket = socket(&service, &ada);
            socket.write_all(bytes).unwrap();
            if waits {
                let _ = socket.shutdown(Shutdown::Write);
                let _ = socket.read_to_end(&mut Vec::new());
            }
        }
    }
    service.get("/healthz", None).json(200);
    let log = service.log();
    assert_eq!(&log[before.len()..], "");
}

#[test]
fn an_operator_can_log_malformed_requests() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("RUST_LOG", "info,actix_http=debug")]);
    throw(&service, b"GARBAGE\r\n\r\n", false);
    assert!(service.log().contains("actix_http"), "{}", service.log());
}
