//! Cross-origin requests (the Fetch standard, section 3.2).

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Condition;

use crate::middleware::request_id::REQUEST_ID;
use crate::settings::HttpSettings;

const PREFLIGHT_SECONDS: usize = 600;

/// What libraries for tracing add to every request of a page (W3C Trace Context, W3C Baggage,
/// Sentry): without them an instrumented page could not call at all.
const TRACING: [HeaderName; 4] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("sentry-trace"),
];

/// Pages of the origins listed, and of no others, may call the API. `*` is no
/// origin. Cookies are never meant: the credential is a header.
pub(crate) fn cors(settings: &HttpSettings) -> Condition<Cors> {
    let origins = settings.cors_origins.clone();
    let own = settings.cors_headers.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| {
            origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
        })
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, REQUEST_ID])
        .allowed_headers(TRACING)
        .allowed_headers(own)
        .expose_headers([REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_SECONDS);
    Condition::new(!settings.cors_origins.is_empty(), cors)
}
