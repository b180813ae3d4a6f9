//! Refuses responses without a decision about authority.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use crate::extract::{Decided, misread};
use crate::problem::Problem;

/// Replaces a response by a 500 if no extractor decided that the caller may have it. A handler without
/// an extractor of authority therefore fails in its first test, and reveals nothing.
pub(crate) async fn require_decision<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(request).await?;
    let Some(problem) = misread(&response).or_else(|| undecided(&response)) else {
        return Ok(response.map_into_left_body());
    };
    let (request, _) = response.into_parts();
    let refused: ServiceResponse<BoxBody> = ServiceResponse::from_err(problem, request);
    Ok(refused.map_into_right_body())
}

fn undecided<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let is_decided = response.request().extensions().contains::<Decided>();
    (!is_refusal(response.status()) && !is_decided)
        .then(|| Problem::internal_because("undecided route: no extractor asked whether the caller may"))
}

/// Returns whether the response is a refusal, which reveals nothing. Every other response needs a
/// decision, a redirection and an upgrade too.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
