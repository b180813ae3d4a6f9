//! Parses JSON (RFC 8259) that may be hostile.

use actix_web::web::Bytes;
use serde::de::DeserializeOwned;

use crate::extract::scope::{ORG_ID, Scope, not_a_uuid};
use crate::extract::tree::Json;
use crate::problem::{Code, FieldError, Problem};

/// Maximum nesting depth of a body. The bodies of the API have at most three levels.
const MAX_DEPTH: usize = 32;
/// Maximum number of colons and commas in a body, outside strings. They bound its members and items. A
/// request of a hundred invitations has a few hundred.
const MAX_SEPARATORS: usize = 2000;

/// Parses a body. Fails with 400 if it is not JSON, and with 422 if a type is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    from_tree(tree(bytes)?)
}

/// Converts a parsed value. Fails with 422 if a type is wrong.
pub fn from_tree<T: DeserializeOwned>(value: Json) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| type_problem(&error))
}

/// Returns the object of a body that the route does not need. An empty body, white space, `null`,
/// `[]` and `""` count as an empty object, because clients send them for no value. Fails with 422 for
/// any other value.
pub fn optional_object(bytes: &[u8]) -> Result<Json, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    match tree(bytes)? {
        object @ Json::Object(_) => Ok(object),
        Json::Null => Ok(Json::Object(Vec::new())),
        Json::Array(items) if items.is_empty() => Ok(Json::Object(Vec::new())),
        Json::Text(text) if text.is_empty() => Ok(Json::Object(Vec::new())),
        _ => Err(Problem::invalid(vec![FieldError::new("", "invalid", "expected an object or nothing")])),
    }
}

/// Returns the organization that the body names at its top level. Only syntax and `org_id` are
/// checked; null counts as absent.
pub fn scope_of(bytes: &Bytes) -> Result<Scope, Problem> {
    scope_in(&tree(bytes)?)
}

/// As [`scope_of`], for a body that the route does not need.
pub fn optional_scope_of(bytes: &Bytes) -> Result<Scope, Problem> {
    scope_in(&optional_object(bytes)?)
}

/// As [`scope_of`], for a parsed body.
pub fn scope_in(body: &Json) -> Result<Scope, Problem> {
    let given = values_in(body, ORG_ID)?.into_iter().filter(|value| !matches!(value, Json::Null));
    let texts: Result<Vec<_>, _> = given.map(|value| value.text().ok_or_else(not_a_uuid)).collect();
    Scope::of_all(texts?)
}

/// Returns the values of all members of this name at the top level of an object.
pub fn values_in<'b>(body: &'b Json, name: &str) -> Result<Vec<&'b Json>, Problem> {
    body.members(name).ok_or_else(|| malformed("The body is not a JSON object."))
}

/// Parses a body to a tree. Fails with 400 if it is not JSON or exceeds a limit.
pub fn tree(bytes: &[u8]) -> Result<Json, Problem> {
    if bytes.is_empty() {
        return Err(malformed("The body is empty. Send a JSON object."));
    }
    let text = str::from_utf8(bytes).map_err(|_| malformed("The body is not UTF-8."))?;
    if !is_within_limits(bytes) {
        return Err(malformed("The body is nested too deep or has too many members."));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::new(Code::MalformedJson).with_hint(format!("The body is not valid JSON: see {place}."))
    })
}

fn malformed(hint: &'static str) -> Problem {
    Problem::new(Code::MalformedJson).with_hint(hint)
}

/// Returns whether the body is within the limits of depth and separators. Text in strings does not count.
fn is_within_limits(bytes: &[u8]) -> bool {
    let (mut depth, mut separators, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b':' | b',' => separators += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || separators > MAX_SEPARATORS {
            return false;
        }
    }
    true
}

/// Returns a 422 that points at the value of the wrong type.
fn type_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return Code::MalformedJson.into();
    }
    let pointer = pointer(error.path());
    Problem::invalid(vec![FieldError::new(pointer, "invalid", expectation(&inner.to_string()))])
}

/// Returns the type that serde expected, without the value that it found, which may be a secret.
fn expectation(message: &str) -> String {
    if let Some(field) = message.strip_prefix("duplicate field ") {
        return format!("{} is given twice", without_position(field));
    }
    match message.split_once(", expected ").map(|(_, what)| without_position(what)) {
        Some("i64" | "u32" | "u64") => "expected a whole number".to_owned(),
        Some("a sequence") => "expected a list".to_owned(),
        Some(what) if what.starts_with("struct ") => "expected an object".to_owned(),
        Some(what) => format!("expected {what}"),
        None => "an unexpected value".to_owned(),
    }
}

/// Removes the position that serde appends.
fn without_position(message: &str) -> &str {
    message.split_once(" at line ").map_or(message, |(what, _)| what)
}

/// Returns the JSON pointer, with `~` and `/` escaped (RFC 6901, section 3).
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
    fn invalid_json_is_malformed() {
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
    fn a_wrong_type_has_a_pointer_and_not_its_value() {
        for (text, pointer, message) in [
            (r#"{"name": 5}"#, "/name", "expected a string"),
            (r#"{"name": ["hunter2"]}"#, "/name", "expected a string"),
            (r#"{"rows": [{"n": 1}, {"n": "hunter2"}]}"#, "/rows/1/n", "expected a whole number"),
            (r#"{"name": "a", "name": "b"}"#, "", "`name` is given twice"),
            (r#"{"rows": "hunter2"}"#, "/rows", "expected a list"),
            (r#""hunter2""#, "", "expected an object"),
            ("5", "", "expected an object"),
            ("null", "", "expected an object"),
            ("[]", "", "expected an object"),
            (r#"["hunter2", []]"#, "", "expected an object"),
            (r#"{"rows": [{"n": 1}, [5]]}"#, "/rows/1", "expected an object"),
            (r#"{"rows": [{"n": 1, "n": 2}]}"#, "/rows/0", "`n` is given twice"),
        ] {
            let body = serde_json::to_value(refused(text).body()).unwrap();
            let error = serde_json::json!({"pointer": pointer, "code": "invalid", "message": message});
            assert_eq!(body["errors"], serde_json::json!([error]), "{text}");
        }
    }

    #[test]
    fn an_absent_body_has_several_forms() {
        for text in ["", " \r\n\t", "null", " null ", "[]", "[ ]", "\"\"", "{}"] {
            let body = optional_object(text.as_bytes()).map_err(|problem| problem.code());
            assert!(matches!(body, Ok(Json::Object(members)) if members.is_empty()), "{text}");
        }
        for text in ["0", "1.5", "true", "false", "\"x\"", "\" \"", "[null]", "[{}]"] {
            let problem = optional_object(text.as_bytes()).err().unwrap();
            let body = serde_json::to_value(problem.body()).unwrap();
            assert_eq!((&body["status"], &body["errors"][0]["pointer"]), (&422.into(), &"".into()), "{text}");
        }
        for text in [&b"nul"[..], b"{", b"\xff", b"\"\xc3\x28\""] {
            assert_eq!(optional_object(text).err().unwrap().code(), Code::MalformedJson);
        }
    }

    #[test]
    fn the_organization_is_found_at_the_top_level_only() {
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
