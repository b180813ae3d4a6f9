//! `X-Request-Id`: the id of a request in the response and in the log.

use std::fmt;
use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;
use bailiwick_app::App;

/// Name of the header.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// Id of a request, a request extension: the id of the client if it is well-formed, otherwise a new one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestId(Rc<str>);

impl RequestId {
    pub(crate) fn of(request: &ServiceRequest) -> Self {
        let given = well_formed(request.headers()).map(Rc::from);
        Self(given.unwrap_or_else(|| new_id(request)))
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the id of the client, unless its characters could mislead a reader of the log.
fn well_formed(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    ((1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_plain)).then_some(text)
}

fn new_id(request: &ServiceRequest) -> Rc<str> {
    let Some(app) = request.app_data::<Data<App>>() else {
        return Rc::from("unknown");
    };
    let parts = app.parts();
    Rc::from(parts.ids.uuid_v7(parts.clock.now()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_ids_of_clients_are_kept() {
        let given = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(text).unwrap());
            well_formed(&headers).is_some()
        };
        let longest = "x".repeat(128);
        for text in ["a", "0198-A_b.c", &longest] {
            assert!(given(text), "{text}");
        }
        for text in ["", "a b", "a\"b", "<b>", "a/b", &format!("{longest}x")] {
            assert!(!given(text), "{text}");
        }
    }
}
