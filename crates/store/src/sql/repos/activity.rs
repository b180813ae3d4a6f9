//! When accounts and sessions were last used.

use bailiwick_users::Activity;
use serde_json::{Value, json};

/// All of it as one value, so that it goes in by one statement.
pub(in super::super) fn as_json(seen: &[Activity]) -> String {
    let entry = |seen: &Activity| json!({ "user_id": seen.user_id, "session_id": seen.session_id, "at": seen.at.unix_micros() });
    seen.iter().map(entry).collect::<Value>().to_string()
}
