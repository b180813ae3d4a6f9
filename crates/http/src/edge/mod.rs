//! What happens to every request and answer, whichever the route.
//!
//! From the outside in: `edge` (request id, headers, problems), CORS,
//! `decided` (no answer without a decision), and around each resource
//! `shield` (panics, time limit). CORS stands where it also marks refusals.

mod cors;
mod decided;
mod headers;
mod log;
mod redact;
mod render;
mod request_id;
mod shield;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

pub(crate) use cors::cors;
pub(crate) use decided::decided;
pub use redact::redact_query;
pub use request_id::RequestId;
pub(crate) use shield::shield;

/// The outermost layer.
pub(crate) async fn edge<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    answer_head_like_get(&mut request);
    let response = next.call(request).await?;
    log::failure(&response, &id);
    let mut response = render::problems(response, &id);
    headers::harden(&mut response, &id);
    Ok(response)
}

/// Every resource that has GET has HEAD (RFC 9110, section 9.3.2): the encoder
/// leaves the body out. A GET changes nothing, so neither does a HEAD.
fn answer_head_like_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
}
