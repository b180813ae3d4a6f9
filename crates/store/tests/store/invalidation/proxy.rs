//! A proxy between a node and its server, which acts like a faulty network or a connection pooler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A TCP proxy to the server, which can be cut.
pub struct Proxy {
    pub url: String,
    accepting: Option<tokio::task::JoinHandle<()>>,
}

/// What the proxy does to the messages of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Passes every message on.
    Honest,
    /// Drops the messages that arrive while no statement runs, as a pooler does that gives the
    /// connection to another client in between.
    Pooling,
}

impl Proxy {
    pub async fn to(url: &str, manner: Manner) -> Self {
        let (head, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{head}@{}/{database}", listener.local_addr().unwrap());
        let server = server.to_owned();
        let accepting = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                open.spawn(relay(client, server, manner));
            }
        });
        Self { url, accepting: Some(accepting) }
    }

    /// Ends every connection and accepts no new one.
    pub async fn cut(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            let _ = accepting.await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }
}

async fn relay(client: TcpStream, server: TcpStream, manner: Manner) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let asked = Arc::new(AtomicBool::new(true));
    tokio::select! {
        () = questions(from_client, to_server, &asked) => {}
        () = answers(from_server, to_client, &asked, manner) => {}
    }
}

async fn questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, asked: &AtomicBool) {
    let mut buffer = [0; 8_192];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        asked.store(true, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Relays messages: a type byte, four bytes of length that count themselves, and the body.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, asked: &AtomicBool, manner: Manner) {
    loop {
        let mut head = [0; 5];
        if from.read_exact(&mut head).await.is_err() {
            return;
        }
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) - 4;
        let mut body = vec![0; length.try_into().unwrap()];
        if from.read_exact(&mut body).await.is_err() {
            return;
        }
        if head[0] == b'Z' {
            asked.store(false, Ordering::SeqCst);
        }
        let lost = head[0] == b'A' && manner == Manner::Pooling && !asked.load(Ordering::SeqCst);
        if !lost && to.write_all(&[&head[..], &body].concat()).await.is_err() {
            return;
        }
    }
}
