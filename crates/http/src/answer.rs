//! Answers that are no problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

/// No cache may keep the answer (RFC 9111, section 5.2.2.5).
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// `body` as JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

/// `body` as JSON, with a secret inside: no cache may keep it, whatever the edge
/// would have allowed (RFC 6749, section 5.1).
pub fn secret_json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, NO_STORE)).json(body)
}

/// Done, and nothing to tell.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
