//! Last activity of accounts and sessions.

use bailiwick_users::Activity;
use serde_json::{Value, json};

/// Encodes all of it as one JSON value, for one statement.
pub(super) fn as_json(seen: &[Activity]) -> String {
    let entry = |seen: &Activity| json!({ "user_id": seen.user_id, "session_id": seen.session_id, "at": seen.at.unix_micros() });
    seen.iter().map(entry).collect::<Value>().to_string()
}
