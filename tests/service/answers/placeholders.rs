//! Placeholders for what differs from run to run, or from release to release: ids, times and secrets.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Members whose values are replaced whatever they are.
const OPAQUE: [&str; 4] = ["access_token", "next_cursor", "request_id", "version"];

/// Replaces values; the same id has the same placeholder in all answers.
pub struct Placeholders {
    base: String,
    ids: Vec<String>,
}

impl Placeholders {
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), ids: Vec::new() }
    }

    pub fn put_into(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if OPAQUE.contains(&name.as_str()) && value.is_string() {
                        *value = format!("<{}>", name.replace('_', " ")).into();
                    } else {
                        self.put_into(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_into(item)),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        if OffsetDateTime::parse(text, &Rfc3339).is_ok() {
            return "<time>".to_owned();
        }
        let text = text.replace(&self.base, "");
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut shown = String::new();
        for part in text.split_inclusive(|c| !is_of_word(c)) {
            let word = part.trim_end_matches(|c| !is_of_word(c));
            shown += &self.word(word);
            shown += part.strip_prefix(word).unwrap_or_default();
        }
        shown
    }

    fn word(&mut self, word: &str) -> String {
        if is_id(word) {
            let place = self.ids.iter().position(|id| id == word).unwrap_or_else(|| {
                self.ids.push(word.to_owned());
                self.ids.len() - 1
            });
            return format!("<id {}>", place + 1);
        }
        // Secrets have a prefix of three letters and 256 bits in base64.
        match word.split_at_checked(4) {
            Some((prefix, rest)) if prefix.ends_with('_') && rest.len() == 43 => format!("<{prefix}..>"),
            _ => word.to_owned(),
        }
    }
}

fn is_id(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[test]
fn ids_times_and_secrets_are_replaced() {
    let id = "0198c5a0-7d3e-7000-8000-000000000001";
    let other = "0198c5a0-7d3e-7000-8000-000000000002";
    let secret = format!("inv_{}", "x".repeat(43));
    let mut value = serde_json::json!({
        "request": format!("GET http://host:1/organizations/{id}/users/{other}?token={secret}"),
        "at": "2026-01-02T03:04:05.678901Z",
        "items": [id, { "access_token": "x.y.z", "next_cursor": null }, "Log in again.", 5],
    });
    Placeholders::new("http://host:1").put_into(&mut value);
    assert_eq!(
        value,
        serde_json::json!({
            "request": "GET /organizations/<id 1>/users/<id 2>?token=<inv_..>",
            "at": "<time>",
            "items": ["<id 1>", { "access_token": "<access token>", "next_cursor": null }, "Log in again.", 5],
        })
    );
}
