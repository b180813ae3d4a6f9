//! A socket without a library, which can send bytes that are not WebSocket.

use std::time::Duration;

use bailiwick_testkit::app::Caller;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Time after which a test that waits for a frame fails.
const TIMEOUT: Duration = Duration::from_secs(20);

pub struct RawSocket(pub TcpStream);

/// Returns a client's frame with this first byte; its mask is zero.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

impl RawSocket {
    /// Opens a socket with this query string; the first frame is not read.
    pub async fn open(caller: &Caller, query: &str) -> Self {
        let address = caller.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "GET /ws/connect?{query} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(TIMEOUT, stream.read_u8()).await.unwrap().unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
        Self(stream)
    }

    /// Opens a socket with the caller's token and reads the first frame.
    pub async fn greeted(caller: &Caller) -> Self {
        let mut socket = Self::open(caller, &caller.socket_query()).await;
        assert_eq!(socket.frame().await.0, 0x81);
        socket
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        timeout(TIMEOUT, self.0.write_all(bytes)).await.unwrap().unwrap();
    }

    /// Reads the next frame; returns its first byte and its payload.
    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        timeout(TIMEOUT, async {
            let first = self.0.read_u8().await.unwrap();
            let length = match self.0.read_u8().await.unwrap() {
                126 => usize::from(self.0.read_u16().await.unwrap()),
                127 => usize::try_from(self.0.read_u64().await.unwrap()).unwrap(),
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await.unwrap();
            (first, payload)
        })
        .await
        .expect("a frame")
    }

    /// Returns the code and the reason of the close frame; skips pongs before it.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            let (first, payload) = self.frame().await;
            if first == 0x8a {
                continue;
            }
            assert_eq!(first, 0x88, "{payload:?}");
            let (code, reason) = payload.split_at(2);
            return (
                u16::from_be_bytes(code.try_into().unwrap()),
                String::from_utf8(reason.to_vec()).unwrap(),
            );
        }
    }

    /// Waits until the server has closed its side without a reset; returns the time that took.
    pub async fn end(&mut self) -> Duration {
        let started = Instant::now();
        let mut rest = [0; 1];
        let read = timeout(TIMEOUT, self.0.read(&mut rest)).await.expect("an end");
        assert_eq!(read.expect("no reset"), 0);
        started.elapsed()
    }
}
