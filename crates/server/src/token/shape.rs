//! Whether a text looks like a token: `header.payload.signature`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// What the text looks like.
#[derive(Serialize)]
pub struct Shape {
    /// Whether that is a token.
    pub ok: bool,
    /// How many parts stand between its dots.
    pub parts: usize,
    /// How the first part reads.
    pub header: Reading,
    /// How the second part reads.
    pub payload: Reading,
    /// All of it in a sentence.
    pub message: String,
}

/// How a part reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// There is no such part.
    Missing,
    /// Not base64url without padding (RFC 7515, section 2).
    NotBase64url,
    /// Not JSON, or JSON that is no object.
    NotJson,
    /// An object.
    Json,
}

impl Shape {
    /// Looks at the text; gives header and payload as far as they can be read.
    pub fn of(token: &str) -> (Self, Object, Object) {
        let mut split = token.split('.');
        let parts = if token.is_empty() { 0 } else { token.split('.').count() };
        let (header, header_object) = read(split.next().filter(|part| !part.is_empty()));
        let (payload, payload_object) = read(split.next());
        let ok = parts == 3 && header == Reading::Json && payload == Reading::Json;
        let message = sentence(token, parts, header, payload);
        (Self { ok, parts, header, payload, message }, header_object, payload_object)
    }
}

fn read(part: Option<&str>) -> (Reading, Object) {
    let Some(part) = part else { return (Reading::Missing, Object::new()) };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(part) else { return (Reading::NotBase64url, Object::new()) };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => (Reading::Json, object),
        _ => (Reading::NotJson, Object::new()),
    }
}

fn sentence(token: &str, parts: usize, header: Reading, payload: Reading) -> String {
    if parts == 0 {
        return "there is no token on standard input".to_owned();
    }
    let count = match parts {
        3 => "3 parts".to_owned(),
        1 => "1 part instead of 3 (header.payload.signature)".to_owned(),
        _ => format!("{parts} parts instead of 3 (header.payload.signature)"),
    };
    let space = if token.contains(char::is_whitespace) { "; there is white space in it" } else { "" };
    let (header, payload) = (words(header), words(payload));
    if header == payload {
        format!("{count}; header and payload are {header}{space}")
    } else {
        format!("{count}; the header is {header}, the payload is {payload}{space}")
    }
}

fn words(reading: Reading) -> &'static str {
    match reading {
        Reading::Missing => "missing",
        Reading::NotBase64url => "not base64url",
        Reading::NotJson => "not a JSON object",
        Reading::Json => "base64url JSON",
    }
}
