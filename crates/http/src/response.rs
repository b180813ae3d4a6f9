//! Responses that are not problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

/// `Cache-Control: no-store` (RFC 9111, section 5.2.2.5).
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Returns `body` as JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

/// Returns `body`, which contains a secret, as JSON that no cache may store, whatever the middleware
/// would allow (RFC 6749, section 5.1).
pub fn secret_json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, NO_STORE)).json(body)
}

/// Returns 204.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
