//! A response of the service, read whole.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Status, headers and body of a response.
#[derive(Debug)]
pub struct Reply {
    /// Method and URL of the request, for failure messages.
    pub request: String,
    /// The status code.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// Returns the body as JSON, or null if it is empty.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Returns the value at this JSON pointer, or null if there is none.
    pub fn field(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// Returns the string at this JSON pointer. Panics if it is no string.
    pub fn text_of(&self, pointer: &str) -> String {
        let value = self.field(pointer);
        value.as_str().unwrap_or_else(|| panic!("{self:?}: no string at {pointer}")).to_owned()
    }

    /// Returns the value of a header, or an empty text if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Asserts the status and returns the response.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        self
    }

    /// Asserts a problem response (RFC 9457): this status, this code, and every member that the contract
    /// requires.
    #[track_caller]
    pub fn assert_problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect_problem(status);
        assert_eq!(reply.json()["code"], code, "{}: {}", reply.request, reply.text);
        reply
    }

    /// Does the same with the detail in place of the code.
    #[track_caller]
    pub fn refuses(self, status: u16, detail: &str) -> Self {
        let reply = self.expect_problem(status);
        assert_eq!(reply.json()["detail"], detail, "{}: {}", reply.request, reply.text);
        reply
    }

    #[track_caller]
    fn expect_problem(self, status: u16) -> Self {
        let reply = self.is(status);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.request);
        let body = reply.json();
        assert_eq!(body["status"], status, "{}", reply.text);
        let code = body["code"].as_str().unwrap_or_default();
        assert!(
            code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !code.is_empty(),
            "{}",
            reply.text
        );
        assert_eq!(body["type"], format!("/problems/{code}"), "{}", reply.text);
        for member in ["title", "hint", "request_id"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", reply.text);
        }
        assert_eq!(reply.header("x-request-id"), body["request_id"], "{}", reply.text);
        reply
    }
}
