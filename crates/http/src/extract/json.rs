//! Reading JSON (RFC 8259) that may be hostile.

use std::fmt;

use actix_web::web::Bytes;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::extract::scope::{ORG_ID, Scope, not_a_uuid};
use crate::problem::{Code, FieldError, Problem};

/// Deeper bodies are attacks: ours need three levels.
const MAX_DEPTH: usize = 32;
/// Bodies with more members are attacks: a hundred invitations need a few hundred.
const MAX_MEMBERS: usize = 2000;

/// Parses a body. Anything that is no JSON is 400, wrong types are 422.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = checked(bytes)?;
    let mut input = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut input).map_err(|error| mistyped(&error))
}

/// Takes a value that was parsed already.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| mistyped(&error))
}

/// The organisation that the body names at its top level. Only syntax and
/// `org_id` are looked at; null counts as absent.
pub fn scope_of(bytes: &Bytes) -> Result<Scope, Problem> {
    let values = values_of(bytes, ORG_ID)?;
    let given = values.into_iter().filter(|value| !value.is_null());
    let texts: Result<Vec<_>, _> = given
        .map(|value| match value {
            Value::String(text) => Ok(text),
            _ => Err(not_a_uuid()),
        })
        .collect();
    Scope::of_all(texts?)
}

/// The values of all members of this name at the top level of an object.
pub fn values_of(bytes: &Bytes, name: &str) -> Result<Vec<Value>, Problem> {
    let mut input = serde_json::Deserializer::from_str(checked(bytes)?);
    Named(name).deserialize(&mut input).map_err(|_| malformed("The body is no JSON object."))
}

fn malformed(hint: &'static str) -> Problem {
    Problem::new(Code::MalformedJson).with_hint(hint)
}

/// The text, if it is JSON of a sane shape. One pass that keeps nothing.
fn checked(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.is_empty() {
        return Err(malformed("The body is empty. Send a JSON object."));
    }
    let text = str::from_utf8(bytes).map_err(|_| malformed("The body is not UTF-8."))?;
    if !has_sane_shape(bytes) {
        return Err(malformed("The body is nested too deep or has too many members."));
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::new(Code::MalformedJson).with_hint(format!("The body is no valid JSON: see {place}."))
    })?;
    Ok(text)
}

/// Counts brackets and members outside strings.
fn has_sane_shape(bytes: &[u8]) -> bool {
    let (mut depth, mut members, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b':' | b',' => members += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || members > MAX_MEMBERS {
            return false;
        }
    }
    true
}

/// A 422 that points at the value of the wrong type.
fn mistyped(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return Code::MalformedJson.into();
    }
    let pointer = pointer(error.path());
    Problem::invalid(vec![FieldError::new(pointer, "invalid", expectation(&inner.to_string()))])
}

/// What serde expected, without the value that it found: that may be a secret.
fn expectation(message: &str) -> String {
    if let Some(twice) = message.strip_prefix("duplicate field ") {
        return format!("{} is given twice", before_place(twice));
    }
    match message.split_once(", expected ").map(|(_, what)| before_place(what)) {
        Some("i64" | "u32" | "u64") => "expected a whole number".to_owned(),
        Some("a sequence") => "expected a list".to_owned(),
        Some(what) if what.starts_with("struct ") => "expected an object".to_owned(),
        Some(what) => format!("expected {what}"),
        None => "not what is expected here".to_owned(),
    }
}

fn before_place(message: &str) -> &str {
    message.split_once(" at line ").map_or(message, |(what, _)| what)
}

/// RFC 6901, section 3: `~` and `/` are escaped.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

/// Reads the members of this name and passes over all others.
struct Named<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Vec<Value>, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Named<'_> {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Value>, A::Error> {
        let mut values = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == self.0 {
                values.push(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const A: &str = "0198c5a0-7d3e-7000-8000-00000000000a";

    #[derive(Debug, Deserialize)]
    struct Sample {
        name: Option<String>,
        rows: Option<Vec<Row>>,
    }

    #[derive(Debug, Deserialize)]
    struct Row {
        n: i64,
    }

    fn refused(text: &str) -> Problem {
        parse::<Sample>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn unknown_members_are_ignored() {
        let sample: Sample = parse(br#"{"x": {"y": [1]}, "name": "\u0000 ok", "rows": [{"n": 1}]}"#).unwrap();
        assert_eq!(sample.name.as_deref(), Some("\0 ok"));
        assert_eq!(sample.rows.unwrap()[0].n, 1);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let deep = "[".repeat(60_000);
        let balanced = format!("{{\"x\": {}{}}}", "[".repeat(40), "]".repeat(40));
        let keys = format!("{{{}\"name\": \"a\"}}", "\"k\":1,".repeat(5000));
        let items = format!("[{}1]", "1,".repeat(30_000));
        for text in [
            "",
            " ",
            "{",
            "{\"name\": }",
            "{\"name\": 5, }",
            "{\"name\": 5} {}",
            "{'name': 1}",
            "nul",
            "{\"name\": \"\\ud800\"}",
            &deep,
            &balanced,
            &keys,
            &items,
        ] {
            assert_eq!(refused(text).code(), Code::MalformedJson, "{text:.40}");
        }
        assert_eq!(parse::<Sample>(b"{\"name\": \"\xff\"}").unwrap_err().code(), Code::MalformedJson);
    }

    #[test]
    fn wrong_types_are_pointed_at_without_their_value() {
        for (text, pointer, message) in [
            (r#"{"name": 5}"#, "/name", "expected a string"),
            (r#"{"name": ["hunter2"]}"#, "/name", "expected a string"),
            (r#"{"rows": [{"n": 1}, {"n": "hunter2"}]}"#, "/rows/1/n", "expected a whole number"),
            (r#"{"name": "a", "name": "b"}"#, "", "`name` is given twice"),
            (r#"{"rows": "hunter2"}"#, "/rows", "expected a list"),
            (r#""hunter2""#, "", "expected an object"),
            ("5", "", "expected an object"),
            ("null", "", "expected an object"),
        ] {
            let body = serde_json::to_value(refused(text).into_body()).unwrap();
            let error = serde_json::json!({"pointer": pointer, "code": "invalid", "message": message});
            assert_eq!(body["errors"], serde_json::json!([error]), "{text}");
        }
    }

    #[test]
    fn the_organisation_is_found_at_the_top_level_only() {
        let scope = |text: &str| scope_of(&Bytes::copy_from_slice(text.as_bytes())).map_err(|p| p.code());
        let org = bailiwick_kernel::OrgId::parse(A).unwrap();
        assert_eq!(scope(&format!(r#"{{"x": [5], "org\u005fid": "{A}"}}"#)), Ok(Scope::from(org)));
        assert_eq!(scope(&format!(r#"{{"x": {{"org_id": "{A}"}}}}"#)), Ok(Scope::default()));
        assert_eq!(scope(r#"{"org_id": null}"#), Ok(Scope::default()));
        assert_eq!(scope(r#"{"org_id": 5}"#), Err(Code::InvalidOrgId));
        assert_eq!(scope(r#"{"org_id": ""}"#), Err(Code::InvalidOrgId));
        assert_eq!(scope("[]"), Err(Code::MalformedJson));
        let b = A.replace("0a", "0b");
        assert_eq!(scope(&format!(r#"{{"org_id": "{A}", "org_id": "{b}"}}"#)), Err(Code::OrgIdConflict));
    }
}
