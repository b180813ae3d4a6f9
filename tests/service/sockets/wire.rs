//! Frames that are refused by their header, before their payload has arrived.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;

use super::raw::{RawSocket, frame};

const TOO_LARGE: (u16, &str) = (1009, "Frame over 64 KiB");
const MESSAGE_TOO_LARGE: (u16, &str) = (1009, "Message over 64 KiB");
const PROTOCOL: (u16, &str) = (1002, "Protocol error");

on_every_engine!(a_header_alone_is_refused);

async fn a_header_alone_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let half = frame(0x01, &vec![b'x'; 40_000]);
    for (before, header, end) in [
        // Data: one frame, its first part, its continuation.
        (b"".as_slice(), [0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0].as_slice(), TOO_LARGE),
        (b"", &[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1], TOO_LARGE),
        (b"", &[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], TOO_LARGE),
        (b"", &[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], TOO_LARGE),
        (b"", &[0x01, 0xff, 0, 0, 1, 0, 0, 0, 0, 0], TOO_LARGE),
        (&half, &[0x00, 0xfe, 0x80, 0], MESSAGE_TOO_LARGE),
        (&half, &[0x80, 0xff, 0, 0, 0, 0, 0, 0, 0x80, 0], MESSAGE_TOO_LARGE),
        (&half, &[0x80, 0xff, 0, 0, 0, 0, 0, 1, 0, 1], TOO_LARGE),
        // Control frames: too long, fragmented.
        (b"", &[0x89, 0xfe], PROTOCOL),
        (b"", &[0x8a, 0xff], PROTOCOL),
        (b"", &[0x88, 0xfe], PROTOCOL),
        (&half, &[0x89, 0xff], PROTOCOL),
        (b"", &[0x09], PROTOCOL),
        (b"", &[0x08], PROTOCOL),
        // Reserved bits and opcodes, no mask, out of order.
        (b"", &[0xc1], PROTOCOL),
        (b"", &[0x83], PROTOCOL),
        (b"", &[0x8f], PROTOCOL),
        (b"", &[0x81, 0x05], PROTOCOL),
        (b"", &[0x80], PROTOCOL),
        (&half, &[0x81], PROTOCOL),
    ] {
        for at_once in [true, false] {
            let mut socket = RawSocket::greeted(&ada).await;
            socket.send(before).await;
            if at_once {
                socket.send(header).await;
            } else {
                for byte in header {
                    socket.send(&[*byte]).await;
                    tokio::task::yield_now().await;
                }
            }
            let (code, reason) = socket.closed().await;
            assert_eq!((code, reason.as_str()), end, "{header:x?}");
            socket.end().await;
        }
    }
}

on_every_engine!(lengths_of_every_form_are_read);

async fn lengths_of_every_form_are_read(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut socket = RawSocket::greeted(&ada).await;
    let ping = br#"{"type":"ping"}"#;
    for length in [[0x8f].as_slice(), &[0xfe, 0, 15], &[0xff, 0, 0, 0, 0, 0, 0, 0, 15]] {
        let bytes = [&[0x81], length, &[0; 4], ping].concat();
        for byte in &bytes {
            socket.send(&[*byte]).await;
        }
        let (first, payload) = socket.frame().await;
        assert!(first == 0x81 && String::from_utf8(payload).unwrap().contains("\"pong\""));
    }
    // The largest message, in fragments with pings between them.
    let parts = ["{\"type\":\"ping\",\"data\":\"".to_owned(), "x".repeat(65_000)];
    socket.send(&frame(0x01, parts[0].as_bytes())).await;
    socket.send(&frame(0x89, b"?")).await;
    socket.send(&frame(0x00, parts[1].as_bytes())).await;
    assert_eq!(socket.frame().await, (0x8a, b"?".to_vec()));
    let rest = 65_536 - parts[0].len() - parts[1].len() - 2;
    socket.send(&frame(0x80, format!("{}\"}}", "y".repeat(rest)).as_bytes())).await;
    let (_, payload) = socket.frame().await;
    assert!(String::from_utf8(payload).unwrap().contains("\"pong\""));
}
