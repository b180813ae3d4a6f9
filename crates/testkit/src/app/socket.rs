//! A WebSocket client of the service, for tests.

mod unread;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::Caller;
use unread::UnreadEvents;

/// Time after which a test that waits for a frame fails: more than ten times the longest that a socket
/// may wait, which is a lease of 3.25 s.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The client's end of a WebSocket connection.
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    /// What finds events that the test did not receive; `None` if they may be left.
    unread: Option<UnreadEvents>,
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Caller {
    /// Opens a socket with the caller's token and waits for the `connect` frame.
    pub async fn socket(&self, org: &str) -> Socket {
        self.greeted(org).await.0
    }

    /// Does the same, and also returns the data of that frame.
    pub async fn greeted(&self, org: &str) -> (Socket, Value) {
        let mut socket = self.connect(&self.in_org(org).socket_query()).await;
        let greeting = socket.expect("connect").await;
        (socket, greeting)
    }

    /// Returns the query string that opens a socket with the caller's token in the caller's organization.
    pub fn socket_query(&self) -> String {
        format!("token={}&org_id={}", self.token, self.org)
    }

    /// Opens a socket with this query string. Panics if the handshake is refused.
    pub async fn connect(&self, query: &str) -> Socket {
        self.try_connect(query, &[]).await.unwrap_or_else(|status| panic!("{query}: {status}"))
    }

    /// Opens a socket with this query string and these headers; returns the status if it is refused.
    pub async fn try_connect(&self, query: &str, headers: &[(&str, &str)]) -> Result<Socket, u16> {
        let url = format!("{}/ws/connect?{query}", self.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        let address = (!self.address.is_empty()).then_some(("x-forwarded-for", self.address.as_str()));
        for (name, value) in headers.iter().copied().chain(address) {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            request.headers_mut().append(name, HeaderValue::from_str(value).expect("a value"));
        }
        match connect_async(request).await {
            Ok((stream, _)) => {
                let bus = self.checks.bus.clone().filter(|_| self.checks.unread_events);
                Ok(Socket { stream, unread: bus.map(UnreadEvents::new) })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{query}: {error}"),
        }
    }

    /// Publishes an event in `org`, and asserts that it is accepted.
    pub async fn publish(&self, org: &str, event: &str, channel: Option<&str>, data: Value) {
        let body = json!({ "event": event, "channel": channel, "data": data });
        self.in_org(org).publish_event(body).await.is(202);
    }
}

impl Socket {
    /// Receives the next text frame, as JSON. Panics if the socket closes or a timeout passes.
    pub async fn next(&mut self) -> Value {
        match self.message().await {
            Ok(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("no text frame: {other:?}"),
        }
    }

    /// Receives the next frame, asserts its type, and returns its data.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let frame = self.next().await;
        assert_eq!(frame["type"], kind, "{frame}");
        assert!(frame["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{frame}");
        frame["data"].clone()
    }

    /// Receives the next frame, asserts that it is an event of this name, and returns the data of the event.
    pub async fn expect_event(&mut self, name: &str) -> Value {
        let event = self.expect("event").await;
        assert_eq!(event["event"], name, "{event}");
        event["data"].clone()
    }

    /// Receives the next frame, asserts that it is an error with this code, and returns its message.
    pub async fn expect_error(&mut self, code: &str) -> String {
        let data = self.expect("error").await;
        assert_eq!(data["code"], code, "{data}");
        data["message"].as_str().expect("a message").to_owned()
    }

    /// Receives the close frame, which must come next, and returns its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        match self.message().await {
            Ok(Message::Close(Some(frame))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("no close frame: {other:?}"),
        }
    }

    /// Asserts that the next frame is a close frame with this code and reason.
    pub async fn expect_close(&mut self, code: u16, reason: &str) {
        assert_eq!(self.closed().await, (code, reason.to_owned()));
    }

    /// Receives until the close frame; returns the number of text frames before it, its code and reason.
    pub async fn drained(&mut self) -> (usize, u16, String) {
        let mut frames = 0;
        loop {
            match self.message().await {
                Ok(Message::Text(_)) => frames += 1,
                Ok(Message::Close(Some(frame))) => {
                    return (frames, frame.code.into(), frame.reason.to_string());
                }
                other => panic!("no close frame: {other:?}"),
            }
        }
    }

    /// Receives the next text frame, as JSON; `None` if the socket is closed.
    pub async fn next_or_end(&mut self) -> Option<Value> {
        match self.message().await {
            Ok(Message::Text(text)) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }

    /// Whether the connection ends next without a close frame.
    pub async fn ended(&mut self) -> bool {
        self.message().await.is_err()
    }

    /// Sends a frame of this type.
    pub async fn say(&mut self, kind: &str, data: Value) {
        self.say_text(&json!({ "type": kind, "data": data }).to_string()).await;
    }

    /// Sends a text frame.
    pub async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Sends a binary frame.
    pub async fn say_binary(&mut self, bytes: &[u8]) {
        self.send(Message::binary(bytes.to_vec())).await;
    }

    /// Sends one fragment of a text message (RFC 6455, section 5.4).
    pub async fn say_piece(&mut self, bytes: &[u8], first: bool, last: bool) {
        let kind = if first { Data::Text } else { Data::Continue };
        self.send(Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), last))).await;
    }

    /// Sends a ping and waits for its pong.
    pub async fn ping(&mut self) {
        self.send(Message::Ping(b"there?".to_vec().into())).await;
        let answer = timeout(TIMEOUT, self.stream.next()).await.expect("an answer");
        assert!(matches!(&answer, Some(Ok(Message::Pong(payload))) if payload == "there?"), "{answer:?}");
    }

    /// Waits for a ping of the server, which must come next.
    pub async fn is_pinged(&mut self) {
        let ping = timeout(TIMEOUT, self.stream.next()).await.expect("a ping");
        assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");
    }

    /// Asserts that the server has sent nothing that is still to be read, and that it still answers.
    pub async fn is_quiet(&mut self) {
        self.say("ping", json!({})).await;
        self.expect("pong").await;
    }

    /// Closes the socket and waits until the server has closed it too.
    pub async fn leave(mut self) {
        self.complain();
        self.stream.close(None).await.expect("it can be closed");
        while let Some(Ok(_)) = timeout(TIMEOUT, self.stream.next()).await.expect("an end") {}
    }

    /// Panics if the server sent events that the test did not receive.
    fn complain(&mut self) {
        let Some(unread) = self.unread.take() else { return };
        let unread = unread.receive(&mut self.stream);
        assert!(unread.is_empty(), "the test did not receive these events: {unread:?}");
    }

    async fn send(&mut self, message: Message) {
        // If the server has closed it meanwhile, the next read reports that.
        let _ = timeout(TIMEOUT, self.stream.send(message)).await.expect("it can be sent");
    }

    async fn message(&mut self) -> Result<Message, String> {
        loop {
            match timeout(TIMEOUT, self.stream.next()).await {
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(message))) => {
                    if let Some(unread) = &mut self.unread {
                        unread.learn(&message);
                    }
                    return Ok(message);
                }
                Ok(Some(Err(error))) => return Err(error.to_string()),
                Ok(None) => return Err("the end".to_owned()),
                Err(_) => return Err("nothing".to_owned()),
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.complain();
        }
    }
}
