//! Compares answers with the description of the API, so that each test of the service also tests the
//! description: status, media type, body and required permission must be described.

use std::sync::LazyLock;

use bailiwick::http::ApiDoc;
use serde_json::Value;

use crate::app::{Reply, schema};

/// The description, which is the same for every service of the process.
static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::default);

/// Panics if the description does not know this answer to `method` on `path`. Paths that it does not
/// contain, such as those of the pages, are not compared.
pub(super) fn check(method: &str, path: &str, reply: &Reply) {
    if let Err(fault) = DESCRIPTION.compare(method, path, reply) {
        panic!("{}: {} {}\nis not as described: {fault}", reply.request, reply.status, reply.text);
    }
}

struct Description(Value);

impl Default for Description {
    fn default() -> Self {
        let json = ApiDoc::json().expect("a description");
        Self(serde_json::from_slice(&json).expect("JSON"))
    }
}

impl Description {
    fn compare(&self, method: &str, path: &str, reply: &Reply) -> Result<(), String> {
        let Some(pattern) = self.pattern(path) else { return Ok(()) };
        let method = if method == "HEAD" { "get" } else { &method.to_lowercase() };
        let operation = &self.0["paths"][pattern][method];
        if operation.is_null() {
            // Every resource answers OPTIONS, and refuses methods that it does not have.
            return if method == "options" || reply.status == 405 {
                Ok(())
            } else {
                Err("no such operation".to_owned())
            };
        }
        let pointer = format!("/paths/{}/{method}/responses/{}", escaped(pattern), reply.status);
        let response = self.resolved(&pointer).ok_or("no such status")?;
        self.compare_body(response, reply)?;
        compare_permission(operation, &reply.json())
    }

    fn compare_body(&self, response: &Value, reply: &Reply) -> Result<(), String> {
        let kind = reply.header("content-type").split(';').next().unwrap_or_default();
        let Some(content) = response["content"].as_object() else {
            return if reply.text.is_empty() { Ok(()) } else { Err("no body is described".to_owned()) };
        };
        if !content.contains_key(kind) {
            return Err(format!("no {kind:?}, but {:?}", content.keys()));
        }
        // A HEAD has the headers of its GET, and no body.
        if !kind.ends_with("json") || reply.text.is_empty() {
            return Ok(());
        }
        schema::validate(&self.0, &content[kind]["schema"], &reply.json(), "")
    }

    /// Returns the path of the description that matches; of several, the one with the fewest parameters.
    fn pattern(&self, path: &str) -> Option<&str> {
        let patterns = self.0["paths"].as_object().expect("paths").keys();
        let matching = |path: &str| {
            let all = patterns.clone().filter(|pattern| matches(pattern, path));
            all.min_by_key(|pattern| pattern.matches('{').count())
        };
        matching(path).or_else(|| matching(path.strip_prefix("/api")?)).map(String::as_str)
    }

    /// Returns the value at `pointer`, or what it refers to.
    fn resolved(&self, pointer: &str) -> Option<&Value> {
        let value = self.0.pointer(pointer)?;
        match value["$ref"].as_str() {
            Some(reference) => self.resolved(reference.trim_start_matches('#')),
            None => Some(value),
        }
    }
}

/// A refusal for want of a permission names one that the operation requires, where it names any.
fn compare_permission(operation: &Value, body: &Value) -> Result<(), String> {
    let required =
        body["detail"].as_str().and_then(|detail| detail.strip_prefix("Access denied. Required: "));
    let scopes = operation["security"][0]["bearer"].as_array();
    let scopes: Vec<_> = scopes.into_iter().flatten().filter_map(Value::as_str).collect();
    match required.filter(|required| required.contains(':')) {
        Some(required) if !scopes.is_empty() && !scopes.contains(&required) => {
            Err(format!("{required} is not among {scopes:?}"))
        }
        _ => Ok(()),
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    let is_same = |(pattern, segment): (&str, &str)| {
        pattern == segment || pattern.starts_with('{') && !segment.is_empty()
    };
    pattern.clone().count() == path.clone().count() && pattern.zip(path).all(is_same)
}

/// Escapes a member name for a JSON pointer (RFC 6901, section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::*;

    fn compared(method: &str, path: &str, status: u16, kind: &'static str, text: &str) -> Result<(), String> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let reply = Reply { request: String::new(), status, headers, text: text.to_owned() };
        DESCRIPTION.compare(method, path, &reply)
    }

    fn refused(detail: &str, code: &str) -> String {
        let problem = serde_json::json!({ "type": "/problems/x", "title": "x", "status": 403, "detail": detail,
            "code": code, "hint": "x" });
        problem.to_string()
    }

    #[test]
    fn described_responses_pass() {
        let (json, problem) = ("application/json; charset=utf-8", "application/problem+json");
        let needs = refused("Access denied. Required: roles:read", "permission_required");
        for (method, path, status, kind, text) in [
            ("GET", "/healthz", 200, json, r#"{"status":"ok"}"#),
            ("GET", "/api/healthz", 200, json, r#"{"status":"ok"}"#),
            ("HEAD", "/healthz", 200, json, ""),
            ("OPTIONS", "/healthz", 204, "", ""),
            ("TRACE", "/healthz", 405, problem, "{}"),
            ("POST", "/auth/logout", 204, "", ""),
            ("GET", "/roles/list_roles", 403, problem, &needs),
            ("GET", "/docs/", 200, "text/html", "<html>"),
        ] {
            assert_eq!(compared(method, path, status, kind, text), Ok(()), "{method} {path} {status}");
        }
    }

    #[test]
    fn undescribed_responses_are_found() {
        let (json, problem) = ("application/json", "application/problem+json");
        let (alien, needs) =
            (refused("x", "slug_taken"), refused("Access denied. Required: kb:read", "permission_required"));
        for (method, path, status, kind, text) in [
            ("GET", "/healthz", 201, json, r#"{"status":"ok"}"#),
            ("GET", "/healthz", 200, "text/plain", "ok"),
            ("GET", "/healthz", 200, json, r#"{"status":"fine"}"#),
            ("GET", "/healthz", 200, json, "{}"),
            ("DELETE", "/healthz", 204, "", ""),
            ("POST", "/auth/logout", 204, json, "{}"),
            ("GET", "/roles/list_roles", 404, problem, &alien),
            ("GET", "/roles/list_roles", 403, problem, &alien),
            ("GET", "/roles/list_roles", 403, problem, &needs),
        ] {
            assert!(compared(method, path, status, kind, text).is_err(), "{method} {path} {status} {text}");
        }
    }
}
