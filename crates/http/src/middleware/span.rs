//! The span of a request: method, pattern of the route, status, request id, organization and user.
//! It holds no path, query, header or body, because they may hold secrets.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use bailiwick_app::{App, spans};
use bailiwick_kernel::OrgId;
use tracing::Span;
use tracing::field::Empty;

use crate::extract::Decided;
use crate::middleware::RequestId;
use crate::middleware::log::{self, TokenUser};
use crate::middleware::traceparent::Traceparent;

/// The methods that a span names (semantic conventions of OpenTelemetry for HTTP). Any other method is
/// recorded as `_OTHER`, because a client may send any word.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::CONNECT,
    Method::TRACE,
];

/// Returns the span of a request, or a disabled span if no subscriber wants it. The trace is that of the
/// caller if the header `traceparent` names one.
pub(super) fn of(request: &ServiceRequest, id: &RequestId) -> Span {
    if !spans::enabled() {
        return Span::none();
    }
    let parent = Traceparent::of(request.headers());
    let new_trace_id = parent.is_none().then(|| generate_trace_id(request)).flatten();
    tracing::info_span!(
        target: spans::TARGET,
        "request",
        method = method(request.method()),
        route = request.match_pattern().as_deref().unwrap_or("none"),
        status = Empty,
        request_id = id.as_str(),
        trace_id = parent.as_ref().map(|parent| parent.trace_id.as_str()).or(new_trace_id.as_deref()),
        parent_span_id = parent.as_ref().map(|parent| parent.span_id.as_str()),
        sampled = parent.as_ref().map(|parent| parent.is_sampled),
        org = Empty,
        user = Empty,
    )
}

/// Records the status, and the user of the token unless a passed check has recorded them.
pub(super) fn complete<B>(response: &ServiceResponse<B>) {
    if !spans::enabled() {
        return;
    }
    Span::current().record("status", response.status().as_u16());
    if !response.request().extensions().contains::<Decided>() {
        spans::record_caller(log::user(response), None::<OrgId>);
    }
}

/// Records the caller and the organization of a passed check.
pub(crate) fn record_authority(request: &HttpRequest, org: Option<OrgId>) {
    if spans::enabled() {
        let user = request.extensions().get::<TokenUser>().map(|user| user.0);
        spans::record_caller(user, org);
    }
}

fn method(method: &Method) -> &str {
    if METHODS.contains(method) { method.as_str() } else { "_OTHER" }
}

/// Returns a new trace id of 32 hexadecimal digits.
fn generate_trace_id(request: &ServiceRequest) -> Option<String> {
    let parts = request.app_data::<Data<App>>()?.parts();
    Some(parts.ids.uuid_v7(parts.clock.now()).simple().to_string())
}
