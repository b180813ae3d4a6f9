//! Checks whether a text has the shape of a token: `header.payload.signature`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The shape of a text.
#[derive(Serialize)]
pub struct Shape {
    /// Whether the shape is that of a token.
    pub ok: bool,
    /// The number of parts that dots separate.
    pub parts: usize,
    /// The encoding of the first part.
    pub header: Reading,
    /// The encoding of the second part.
    pub payload: Reading,
    /// The same as a sentence.
    pub message: String,
}

/// The encoding of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The part is missing.
    Missing,
    /// Not base64url without padding (RFC 7515, section 2).
    NotBase64url,
    /// Not JSON, or JSON other than an object.
    NotJson,
    /// A JSON object.
    Json,
}

impl Shape {
    /// Examines the text; returns its shape, header and payload. What cannot be read is an empty object.
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
