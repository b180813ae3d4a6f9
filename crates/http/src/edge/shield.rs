//! A handler that panics or dawdles harms nobody but its own request.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};
use futures_util::FutureExt;

use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;

/// Runs around a resource, because only there the request may be kept for an
/// answer while the handler has it: routing needs it to be the only one.
pub(crate) async fn shield<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let kept = request.request().clone();
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind();
    match tokio::time::timeout(limit(&kept), answer).await {
        Ok(Ok(outcome)) => outcome.map(ServiceResponse::map_into_left_body),
        Ok(Err(panic)) => Ok(refused(kept, Problem::internal_because(message(&*panic)))),
        Err(_) => Ok(refused(kept, too_slow())),
    }
}

fn limit(request: &HttpRequest) -> std::time::Duration {
    let settings = request.app_data::<Data<HttpSettings>>();
    settings.map_or_else(|| HttpSettings::default().request_timeout, |settings| settings.request_timeout)
}

fn too_slow() -> Problem {
    Problem::new(Code::ServiceUnavailable)
        .with_hint("The request took too long. Send it again, at once and as a whole.")
        .with_cause("the request took too long")
}

fn refused<B>(request: HttpRequest, problem: Problem) -> ServiceResponse<EitherBody<B>> {
    ServiceResponse::from_err(problem, request).map_into_right_body()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("no message"))
}
