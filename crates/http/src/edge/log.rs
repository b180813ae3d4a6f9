//! The one thing that is logged about requests: those that failed by our fault.

use actix_web::dev::ServiceResponse;

use crate::draining::DRAINING;
use crate::edge::{RequestId, redact_query};
use crate::problem::Problem;

/// One event per answer of 500 and above. It names the route's pattern, not the
/// path, and no secret of the query.
pub(super) fn failure<B>(response: &ServiceResponse<B>, id: &RequestId) {
    if !response.status().is_server_error() {
        return;
    }
    let request = response.request();
    let error = response.response().error();
    let cause = error.and_then(|error| error.as_error::<Problem>()).and_then(Problem::cause);
    // A balancer that polls a node that stops is told what it asks.
    if cause == Some(DRAINING) {
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
