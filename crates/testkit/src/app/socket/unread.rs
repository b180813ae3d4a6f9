//! Events that a test did not receive.
//!
//! Events reach a socket in the order of their publication. So the socket subscribes to a channel that
//! nothing else uses, and publishes a last event on it: what comes before is all that was left.

use std::io::ErrorKind;
use std::net::TcpStream as BlockingStream;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::infra::LocalBus;
use bailiwick_app::Event;
use bailiwick_app::ports::EventBus;
use bailiwick_app::sockets::Channel;
use bailiwick_kernel::OrgId;
use bailiwick_rbac::Permission;
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::Stream;
use crate::ManualClock;

/// The channel of the last event.
const CHANNEL: &str = "testkit: the last event of this socket";
/// Time in which the server answers.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Finds the events that a test did not receive.
#[derive(Debug)]
pub(super) struct UnreadEvents {
    bus: LocalBus,
    org: Option<OrgId>,
    /// The patterns of events that the user may receive.
    granted: Vec<String>,
    is_subscribed: bool,
}

impl UnreadEvents {
    pub fn new(bus: LocalBus) -> Self {
        Self { bus, org: None, granted: Vec::new(), is_subscribed: false }
    }

    /// Takes the organization and the permissions of the user from a message of the server.
    pub fn learn(&mut self, message: &Message) {
        let Some(frame) = frame(message) else { return };
        let data = &frame["data"];
        if let Some(Ok(id)) = data["org_id"].as_str().map(str::parse) {
            self.org = Some(OrgId::from_stored(id));
        }
        if let Some(patterns) = data["events"].as_array() {
            self.granted = patterns.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }

    /// Returns the events that were published for the socket and that the test did not receive. Blocks until
    /// the server has sent them. A connection that has ended has no more.
    pub fn receive(mut self, stream: &mut Stream) -> Vec<String> {
        let mut unread = Vec::new();
        while let Some(Some(Ok(message))) = stream.next().now_or_never() {
            self.learn(&message);
            unread.extend(event_in(&message));
        }
        // Not awaited, because the runtime may be waiting for this thread.
        let Ok(mut blocking) = blocking(stream) else { return unread };
        let subscribe = json!({ "type": "subscribe", "data": { "channel": CHANNEL } });
        if blocking.send(Message::text(subscribe.to_string())).is_err() {
            return unread;
        }
        self.read_rest(&mut blocking, &mut unread);
        // The two share the setting, and the runtime reads on.
        let _ = blocking.get_ref().set_nonblocking(true);
        unread
    }

    fn read_rest(&mut self, blocking: &mut WebSocket<BlockingStream>, unread: &mut Vec<String>) {
        while let Some(message) = read_unless_ended(blocking) {
            if Self::is_last(&message) {
                return;
            }
            self.learn(&message);
            self.is_subscribed |= frame(&message).is_some_and(|frame| frame["type"] == "subscribed");
            unread.extend(event_in(&message));
            if may_change_events(&message) && self.is_subscribed && !self.publish_last() {
                return;
            }
        }
    }

    /// Publishes the last event. Returns `false` if the user may receive none.
    fn publish_last(&self) -> bool {
        let mut patterns = self.granted.iter().map(|pattern| pattern.replace('*', "read"));
        let Some(name) = patterns.find_map(|name| Permission::parse(&name).ok()) else { return false };
        let (Some(org), Ok(channel)) = (self.org, Channel::parse(CHANNEL)) else { return false };
        let at = ManualClock::start();
        let event = Event { org, name, channel: Some(channel), data: Value::Null, at };
        matches!(self.bus.publish(Arc::new(event)).now_or_never(), Some(Ok(())))
    }

    fn is_last(message: &Message) -> bool {
        frame(message).is_some_and(|frame| frame["type"] == "event" && frame["data"]["channel"] == CHANNEL)
    }
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

/// Returns the next message; `None` if the connection has ended. Panics if the server does not answer in time.
fn read_unless_ended(blocking: &mut WebSocket<BlockingStream>) -> Option<Message> {
    match blocking.read() {
        Ok(message) => Some(message),
        Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("the last event of a socket did not arrive within {TIMEOUT:?}")
        }
        Err(_) => None,
    }
}

/// Whether the last event has to be published after this message: now that the socket is subscribed, or once
/// more because the permissions of the user have changed.
fn may_change_events(message: &Message) -> bool {
    frame(message).is_some_and(|frame| frame["type"] == "subscribed" || frame["type"] == "authority_changed")
}

/// Returns the data of the event in a message, if it is one.
fn event_in(message: &Message) -> Option<String> {
    frame(message).filter(|frame| frame["type"] == "event").map(|frame| frame["data"].to_string())
}

fn frame(message: &Message) -> Option<Value> {
    let Message::Text(text) = message else { return None };
    serde_json::from_str(text).ok()
}
