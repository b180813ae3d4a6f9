//! JSON of the frames: `{type, data, timestamp}` to the client, `{type, data}` from it.

use bailiwick_app::authority::MemberContext;
use bailiwick_app::{Event, sockets::Channel};
use bailiwick_kernel::{OrgId, Timestamp, UserId};
use bailiwick_rbac::{Pattern, Permission};
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A frame to the client.
#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(super) enum ServerFrame<'a> {
    /// The socket is open.
    Connect { channel_id: Uuid, user_id: UserId, org_id: OrgId, events: Vec<&'a str> },
    /// An event.
    Event { event: &'a str, channel: Value, data: &'a Value },
    /// The subscription to a channel began.
    Subscribed { channel: &'a str },
    /// The subscription ended.
    Unsubscribed { channel: &'a str },
    /// Response to a ping.
    Pong {},
    /// The permissions of the user changed, or the token was renewed.
    AuthorityChanged { events: Vec<&'a str> },
    /// A frame was not understood, or is not permitted.
    Error { code: Fault, message: &'a str },
}

/// Why a frame had no effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    InvalidRequest,
    Unauthorized,
    SubscriptionFailed,
    InternalError,
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(flatten)]
    frame: &'a ServerFrame<'a>,
    timestamp: Timestamp,
}

impl ServerFrame<'_> {
    /// Returns the text of the frame.
    pub fn text(&self, timestamp: Timestamp) -> String {
        serde_json::to_string(&Frame { frame: self, timestamp }).unwrap_or_default()
    }
}

/// Returns the granted permissions of a context.
pub(super) fn granted(context: &MemberContext) -> Vec<&str> {
    context.role.permissions.iter().map(Pattern::as_str).collect()
}

/// An event for the sockets of this node, serialized once for all of them.
pub(super) struct Published {
    /// Permission that the receiver must hold.
    pub name: Permission,
    /// Channel that the receiver must be subscribed to.
    pub channel: Option<Channel>,
    /// The frame.
    pub text: ByteString,
}

impl From<&Event> for Published {
    fn from(event: &Event) -> Self {
        let channel = event.channel.as_ref().map(Channel::as_str).into();
        let frame = ServerFrame::Event { event: event.name.as_str(), channel, data: &event.data };
        let text = frame.text(event.at).into();
        Self { name: event.name.clone(), channel: event.channel.clone(), text }
    }
}

/// A frame of the client. Unknown members are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct ClientFrame {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    data: Value,
}

impl ClientFrame {
    /// Returns the member `name` of `data` if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(frame: &ServerFrame<'_>) -> Value {
        let at = Timestamp::from_unix_micros(1_700_000_000_123_456).unwrap();
        let mut frame: Value = serde_json::from_str(&frame.text(at)).unwrap();
        assert_eq!(frame["timestamp"], "2023-11-14T22:13:20.123456Z");
        frame.as_object_mut().unwrap().remove("timestamp");
        frame
    }

    #[test]
    fn frames_have_the_json_of_the_contract() {
        let (channel_id, id) = (Uuid::nil(), "0198c5a0-7d3e-7000-8000-00000000000a");
        let (user_id, org_id) = (UserId::parse(id).unwrap(), OrgId::parse(id).unwrap());
        let data = json!({ "n": 1 });
        let (nil, fault) = ("00000000-0000-0000-0000-000000000000", Fault::InvalidRequest);
        for (frame, expected) in [
            (
                ServerFrame::Connect { channel_id, user_id, org_id, events: vec!["kb:*"] },
                json!({ "type": "connect", "data": { "channel_id": nil, "user_id": id, "org_id": id, "events": ["kb:*"] } }),
            ),
            (
                ServerFrame::Event { event: "kb:read", channel: "a".into(), data: &data },
                json!({ "type": "event", "data": { "event": "kb:read", "channel": "a", "data": { "n": 1 } } }),
            ),
            (
                ServerFrame::Subscribed { channel: "a" },
                json!({ "type": "subscribed", "data": { "channel": "a" } }),
            ),
            (
                ServerFrame::Unsubscribed { channel: "a" },
                json!({ "type": "unsubscribed", "data": { "channel": "a" } }),
            ),
            (ServerFrame::Pong {}, json!({ "type": "pong", "data": {} })),
            (
                ServerFrame::AuthorityChanged { events: vec![] },
                json!({ "type": "authority_changed", "data": { "events": [] } }),
            ),
            (
                ServerFrame::Error { code: fault, message: "m" },
                json!({ "type": "error", "data": { "code": "invalid_request", "message": "m" } }),
            ),
        ] {
            assert_eq!(sent(&frame), expected);
        }
        for (fault, text) in [
            (Fault::Unauthorized, "unauthorized"),
            (Fault::SubscriptionFailed, "subscription_failed"),
            (Fault::InternalError, "internal_error"),
        ] {
            assert_eq!(json!(fault), text);
        }
    }
}
