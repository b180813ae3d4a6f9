//! When accounts and sessions were last used.

use bailiwick_users::Activity;
use serde_json::{Value, json};

/// All of it as one value, so that it goes in by one statement.
pub(super) fn as_json(seen: &[Activity]) -> String {
    let note = |seen: &Activity| json!({ "user_id": seen.user_id, "session_id": seen.session_id, "at": seen.at.unix_micros() });
    seen.iter().map(note).collect::<Value>().to_string()
}
