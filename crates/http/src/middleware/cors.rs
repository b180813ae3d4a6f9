//! Cross-origin requests (the Fetch standard, section 3.2).

use actix_cors::{Cors, CorsError};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Condition;

use crate::middleware::request_id::REQUEST_ID;
use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;

/// Time for which a browser may cache the result of a preflight.
const PREFLIGHT_SECONDS: usize = 600;

/// Headers that tracing libraries add to every request of a page (W3C Trace Context, W3C Baggage,
/// Sentry). Without them an instrumented page could not call the API.
const TRACING: [HeaderName; 4] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("sentry-trace"),
];

/// Allows pages of the listed origins, and no others, to call the API. `*` is not an origin. Cookies are
/// not allowed, because the credential is a header.
pub(crate) fn cors(settings: &HttpSettings) -> Condition<Cors> {
    let origins = settings.cors_origins.clone();
    let more_headers =
        settings.cors_headers.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
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
        .allowed_headers(more_headers)
        .expose_headers([REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_SECONDS);
    Condition::new(!settings.cors_origins.is_empty(), cors)
}

/// Returns the problem of a refused preflight.
pub(super) fn problem(refusal: &CorsError) -> Problem {
    let hint = match refusal {
        CorsError::OriginNotAllowed => {
            "The origin of the page is not in the CORS list of the service. Add it to [cors] origins."
        }
        CorsError::HeadersNotAllowed | CorsError::BadRequestHeaders => {
            "The page asks for a request header that is not allowed. Add it to [cors] headers, or leave it out."
        }
        CorsError::MethodNotAllowed | CorsError::BadRequestMethod | CorsError::MissingRequestMethod => {
            "Access-Control-Request-Method names no method that is allowed: GET, HEAD, POST, PUT, PATCH or DELETE."
        }
        _ => "The request is not a valid preflight (Fetch standard, section 3.2.2): Origin is missing.",
    };
    Problem::new(Code::BadRequest).with_hint(hint)
}
