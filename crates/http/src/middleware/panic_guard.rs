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

/// Middleware of a resource: runs the handler within the time limit, and turns its panic into a problem.
/// It cannot wrap a scope, because routing needs the only reference to the request, and this keeps another.
pub(crate) async fn panic_guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let kept = request.request().clone();
    let limit = time_limit(&kept);
    let mut deadline = Instant::now() + limit;
    let mut response = pin!(AssertUnwindSafe(next.call(request)).catch_unwind());
    loop {
        match timeout_at(deadline, &mut response).await {
            Ok(Ok(outcome)) => return outcome.map(ServiceResponse::map_into_left_body),
            Ok(Err(panic)) => return Ok(refusal_of(kept, Problem::internal_because(message(&*panic)))),
            Err(_) => match later_deadline(&kept, limit, deadline) {
                Ok(later) => deadline = later,
                Err(problem) => return Ok(refusal_of(kept, problem)),
            },
        }
    }
}

/// Returns the later deadline of a request whose body arrived after the start, because the time that the
/// client takes to send the body does not count. Refuses a body that is not complete within the limit.
fn later_deadline(request: &HttpRequest, limit: Duration, deadline: Instant) -> Result<Instant, Problem> {
    match RawBody::progress(request) {
        Some(Progress::Awaited) => Err(Problem::new(Code::RequestTimeout)
            .with_hint("The body did not arrive in time. Send all that Content-Length announces.")),
        Some(Progress::Complete(at)) if at + limit > deadline => Ok(at + limit),
        _ => Err(too_slow()),
    }
}

fn time_limit(request: &HttpRequest) -> Duration {
    let settings = request.app_data::<Data<HttpSettings>>();
    settings.map_or_else(|| HttpSettings::default().request_timeout, |settings| settings.request_timeout)
}

fn too_slow() -> Problem {
    Problem::new(Code::ServiceUnavailable)
        .with_hint("The request took too long. Send it again, and send its body without pauses.")
        .with_cause("the request took too long")
}

fn refusal_of<B>(request: HttpRequest, problem: Problem) -> ServiceResponse<EitherBody<B>> {
    ServiceResponse::from_err(problem, request).map_into_right_body()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("no message"))
}
