//! Middleware of every request and response, whatever the route.
//!
//! From the outside in: `complete_response` (request id, headers, problems), CORS, `require_decision` (no
//! response without a decision), and around each resource `methods` (OPTIONS, `Allow`) and `panic_guard`
//! (panics, time limit). CORS is outside of `require_decision`, so that refusals get its headers too.

mod cors;
mod headers;
mod host;
mod log;
mod methods;
mod panic_guard;
mod redact;
mod render;
mod request_id;
mod require_decision;
mod same_origin;
mod span;
mod traceparent;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tracing::{Instrument, Span};

pub(crate) use self::cors::cors;
pub(crate) use headers::ALWAYS;
pub(crate) use log::{TokenUser, names_users};
pub(crate) use methods::{methods, methods_without_head};
pub(crate) use panic_guard::panic_guard;
pub use redact::redact_query;
pub(crate) use request_id::REQUEST_ID;
pub use request_id::RequestId;
pub(crate) use require_decision::require_decision;
pub use same_origin::is_foreign;
pub(crate) use same_origin::same_origin;
pub(crate) use span::record_authority;

use crate::extract::{Progress, RawBody};
use crate::mount_path::MountPath;
use crate::read_end::ReadEnd;

/// The outermost middleware: gives the request an id and a span, and completes its response by problems
/// and headers. Everything else that happens to the request is within the span.
pub(crate) async fn complete_response<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<EitherBody<B>>>, Error> {
    // A request for an unknown path passes this twice: in the scope, and in the default service.
    let known = request.extensions().get::<RequestId>().cloned();
    let is_outermost = known.is_none();
    let id = known.unwrap_or_else(|| RequestId::of(&request));
    request.extensions_mut().insert(id.clone());
    if is_outermost {
        let path = MountPath::of(&request);
        request.extensions_mut().insert(path);
    }
    let span = if is_outermost { span::of(&request, &id) } else { Span::none() };
    respond(request, next, id, is_outermost).instrument(span).await
}

async fn respond<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
    id: RequestId,
    is_outermost: bool,
) -> Result<ServiceResponse<EitherBody<EitherBody<B>>>, Error> {
    let received = is_outermost.then(|| log::Received::of(&request)).flatten();
    methods::route_head_as_get(&mut request);
    let response = match host::refusal(&request) {
        Some(problem) => request.error_response(problem).map_into_right_body(),
        None => next.call(request).await?.map_into_left_body(),
    };
    log::failure(&response, &id);
    if let Some(received) = received {
        received.log(&response, &id);
    }
    if is_outermost {
        span::complete(&response);
    }
    let mut response = render::problems(response, &id).await;
    headers::harden(&mut response, &id);
    close_after(&mut response);
    Ok(response)
}

/// Closes the connection after a response if no further request can be read from it.
///
/// The library keeps no connection whose request asked for an upgrade that was not made. After a chunked
/// body that was not read, the library would wait for the rest, which may never arrive.
fn close_after<B>(response: &mut ServiceResponse<B>) {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    let request = response.request();
    let is_read = matches!(RawBody::progress(request), Some(Progress::Complete(_)));
    let is_unread = request.headers().contains_key(TRANSFER_ENCODING) && !is_read;
    if !is_unread && !request.head().upgrade() {
        return;
    }
    // Without this, the library waits for the client before it closes the connection.
    if let Some(end) = request.conn_data::<ReadEnd>() {
        end.set();
    }
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
}
