//! Events that a test did not receive.

use std::net::TcpStream as BlockingStream;
use std::os::fd::AsFd;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::Stream;

/// Beginning of the failure of a test.
pub(super) const COMPLAINT: &str = "the test did not receive these events:";
/// Time in which the server answers.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the events that the server has sent and the test did not receive. Blocks until the server answers
/// a ping, because events sent before come before its answer. A connection that has ended has no more.
pub(super) fn receive(stream: &mut Stream) -> Vec<String> {
    let mut unread = Vec::new();
    while let Some(Some(Ok(message))) = stream.next().now_or_never() {
        unread.extend(event_in(&message));
    }
    // Not awaited, because the runtime may be waiting for this thread.
    if let Ok(mut blocking) = blocking(stream)
        && blocking.send(Message::text(r#"{"type":"ping","data":{}}"#)).is_ok()
    {
        while let Ok(message) = blocking.read() {
            if frame(&message).is_some_and(|frame| frame["type"] == "pong") {
                break;
            }
            unread.extend(event_in(&message));
        }
    }
    unread
}

/// Returns the same connection for blocking reads.
fn blocking(stream: &Stream) -> std::io::Result<WebSocket<BlockingStream>> {
    let MaybeTlsStream::Plain(stream) = stream.get_ref() else {
        return Err(std::io::ErrorKind::Unsupported.into());
    };
    let stream = BlockingStream::from(stream.as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    Ok(WebSocket::from_raw_socket(stream, Role::Client, None))
}

/// Returns the data of the event in a message, if it is one.
pub(super) fn event_in(message: &Message) -> Option<String> {
    frame(message).filter(|frame| frame["type"] == "event").map(|frame| frame["data"].to_string())
}

fn frame(message: &Message) -> Option<Value> {
    let Message::Text(text) = message else { return None };
    serde_json::from_str(text).ok()
}
