//! Log lines of requests: one for every request at the level `debug`, or `info` with
//! [`HttpSettings::access_log`], and an error for a request that failed by a fault of the service.

use std::time::Duration;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use bailiwick_app::{App, spans};
use bailiwick_kernel::UserId;
use tracing::Level;

use crate::draining::DRAINING;
use crate::extract::client::client_of;
use crate::middleware::{RequestId, redact_query};
use crate::problem::Problem;
use crate::settings::HttpSettings;

/// Request extension: the user of the verified access token, or of the cookie of a page.
pub(crate) struct TokenUser(pub UserId);

/// Method and time of a request, recorded before it is handled and only if lines are logged.
pub(super) struct Received {
    method: Method,
    at: Option<Duration>,
    level: Level,
}

impl Received {
    /// Records method and time; `None` if the line would not be logged.
    pub(super) fn of(request: &ServiceRequest) -> Option<Self> {
        let level = level(request.request())?;
        let at = elapsed(request.app_data::<Data<App>>());
        Some(Self { method: request.method().clone(), at, level })
    }

    /// Logs the line. Path, query, headers and body are left out, because they may contain secrets.
    /// `code` is the code of the problem, if the response is one.
    pub(super) fn log<B>(&self, response: &ServiceResponse<B>, id: &RequestId) {
        let (request, status) = (response.request(), response.status());
        let error = response.response().error();
        let code = error.and_then(|error| error.as_error::<Problem>()).map(|problem| problem.code().as_str());
        let user = user(response);
        let ended = elapsed(request.app_data::<Data<App>>());
        let duration = ended.zip(self.at).map(|(ended, began)| ended.saturating_sub(began));
        macro_rules! log_line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    method = %self.method,
                    route = request.match_pattern().as_deref().unwrap_or("none"),
                    status = status.as_u16(),
                    code,
                    duration_ms = duration.map(|duration| duration.as_secs_f64() * 1000.0),
                    request_id = %id,
                    client = client_of(request).ip.map(tracing::field::display),
                    user = user.map(tracing::field::display),
                    "request",
                )
            };
        }
        // The macro requires a level that is known at compile time.
        if self.level == Level::INFO { log_line!(Level::INFO) } else { log_line!(Level::DEBUG) }
    }
}

/// Returns the user of the verified token; `None` after a 401, because the credential was refused.
pub(super) fn user<B>(response: &ServiceResponse<B>) -> Option<UserId> {
    let extensions = response.request().extensions();
    let user = extensions.get::<TokenUser>().filter(|_| response.status() != StatusCode::UNAUTHORIZED);
    user.map(|user| user.0)
}

/// Returns whether a line or a span names the user of a request.
pub(crate) fn names_users(request: &HttpRequest) -> bool {
    spans::enabled() || level(request).is_some()
}

/// Returns the level of the line of a request; `None` if no subscriber wants it.
fn level(request: &HttpRequest) -> Option<Level> {
    if tracing::enabled!(Level::INFO) && has_access_log(request) {
        return Some(Level::INFO);
    }
    tracing::enabled!(Level::DEBUG).then_some(Level::DEBUG)
}

fn has_access_log(request: &HttpRequest) -> bool {
    request.app_data::<Data<HttpSettings>>().is_some_and(|settings| settings.access_log)
}

fn elapsed(app: Option<&Data<App>>) -> Option<Duration> {
    app.map(|app| app.parts().stopwatch.elapsed())
}

/// Logs one event per response of 500 and above. It contains the pattern of the route, not the path, and
/// no secret of the query.
pub(super) fn failure<B>(response: &ServiceResponse<B>, id: &RequestId) {
    if !response.status().is_server_error() {
        return;
    }
    let request = response.request();
    let error = response.response().error();
    let problem = error.and_then(|error| error.as_error::<Problem>());
    let cause = problem.and_then(Problem::cause);
    // A node that is about to stop is polled by its load balancer, and its 503 is not a failure. A failure
    // that was logged before is not logged again.
    if cause == Some(DRAINING) || problem.is_some_and(Problem::is_logged) {
        return;
    }
    tracing::error!(
        status = response.status().as_u16(),
        method = %request.method(),
        route = request.match_pattern().as_deref().unwrap_or_default(),
        query = %redact_query(request.query_string()),
        request_id = %id,
        cause = cause.unwrap_or("unknown"),
        "a request failed",
    );
}
