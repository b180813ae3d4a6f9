//! Security headers of every response. A header that the route has set is kept.

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::web::Data;

use crate::middleware::RequestId;
use crate::middleware::request_id::REQUEST_ID;
use crate::response::NO_STORE;
use crate::settings::HttpSettings;

/// Responses of the API load nothing and are shown in no frame (Content Security Policy Level 3; OWASP
/// ASVS 5.0, section 3.4).
pub(crate) const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (CACHE_CONTROL, NO_STORE),
];

/// `Strict-Transport-Security` for a year (RFC 6797, section 6.1).
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Sets the headers. The response to an upgrade gets only the request id, because it has no content to
/// protect, and its socket keeps a buffer of the size of that response.
pub(super) fn harden<B>(response: &mut ServiceResponse<B>, id: &RequestId) {
    let is_https = response.request().app_data::<Data<HttpSettings>>().is_some_and(|set| set.is_https());
    let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    if !is_upgrade {
        for (name, value) in ALWAYS {
            set_if_absent(headers, name, value);
        }
        if is_https {
            set_if_absent(headers, STRICT_TRANSPORT_SECURITY, TLS_ONLY);
        }
    }
    if let Some(id) = id.header() {
        headers.insert(REQUEST_ID, id);
    }
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}
