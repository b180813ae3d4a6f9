//! Confines a handler that panics or takes too long to its own request.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};
use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use crate::extract::{Progress, RawBody};
use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;

/// Wraps a resource. Only there a second reference to the request may exist while the handler has it,
/// because routing needs the only one.
pub(crate) async fn panic_guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let kept = request.request().clone();
    let limit = limit(&kept);
    let mut deadline = Instant::now() + limit;
    let mut answer = pin!(AssertUnwindSafe(next.call(request)).catch_unwind());
    loop {
        match timeout_at(deadline, &mut answer).await {
            Ok(Ok(outcome)) => return outcome.map(ServiceResponse::map_into_left_body),
            Ok(Err(panic)) => return Ok(refused(kept, Problem::internal_because(message(&*panic)))),
            Err(_) => match later_deadline(&kept, limit, deadline) {
                Ok(later) => deadline = later,
                Err(problem) => return Ok(refused(kept, problem)),
            },
        }
    }
}

/// Runs a handler within the time limit. The time that the client takes to send the body does not count,
/// but a body that is not complete within the limit is refused.
fn later_deadline(request: &HttpRequest, limit: Duration, deadline: Instant) -> Result<Instant, Problem> {
    match RawBody::progress(request) {
        Some(Progress::Awaited) => Err(Problem::new(Code::RequestTimeout)
            .with_hint("The body did not arrive in time. Send all that Content-Length announces.")),
        Some(Progress::Complete(at)) if at + limit > deadline => Ok(at + limit),
        _ => Err(too_slow()),
    }
}

fn limit(request: &HttpRequest) -> Duration {
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
