//! Middleware: what happens to every request and response, whatever the route.
//!
//! From the outside in: `edge` (request id, headers, problems), CORS, `decided` (no response without a
//! decision), and around each resource `methods` (OPTIONS, `Allow`) and `panic_guard` (panics, time
//! limit). CORS is outside of `decided`, so that refusals get its headers too.

mod cors;
mod decided;
mod headers;
mod host;
mod log;
mod methods;
mod panic_guard;
mod redact;
mod render;
mod request_id;
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
pub(crate) use decided::decided;
pub(crate) use headers::ALWAYS;
pub(crate) use log::{TokenUser, names_users};
pub(crate) use methods::{methods, methods_without_head};
pub(crate) use panic_guard::panic_guard;
pub use redact::redact_query;
pub(crate) use request_id::REQUEST_ID;
pub use request_id::RequestId;
pub(crate) use same_origin::same_origin;
pub(crate) use span::record_authority;

use crate::extract::{Progress, RawBody};
use crate::read_end::ReadEnd;

/// Runs around everything else. Everything that happens to the request is in its span.
pub(crate) async fn edge<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<EitherBody<B>>>, Error> {
    // A request for an unknown path passes this twice: in the scope, and in the default service.
    let known = request.extensions().get::<RequestId>().cloned();
    let is_outermost = known.is_none();
    let id = known.unwrap_or_else(|| RequestId::of(&request));
    request.extensions_mut().insert(id.clone());
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
    let mut response = render::problems(response, &id);
    headers::harden(&mut response, &id);
    close_after(&mut response);
    Ok(response)
}

/// Closes the connection after a response that leaves no use for it.
///
/// If `Connection: upgrade` comes with a response that upgrades nothing, the library keeps no such
/// connection. The rest of a chunked body may never arrive, and the library would wait for it.
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
    // Otherwise the library waits for the client before it closes.
    if let Some(end) = request.conn_data::<ReadEnd>() {
        end.set();
    }
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
}
