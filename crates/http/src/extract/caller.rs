//! The caller that the credential of a request names.

use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use bailiwick_app::{Actor, App};

use crate::credentials::bearer_token;
use crate::middleware::{TokenUser, names_users};
use crate::problem::Problem;

/// A caller with a valid access token. Account and session are not checked yet.
pub struct Caller {
    pub app: App,
    pub actor: Actor,
}

impl Caller {
    /// Verifies the credential, without I/O.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let app = app_of(request)?;
        let actor = app.read_token(bearer_token(request.headers())?)?;
        if names_users(request) {
            request.extensions_mut().insert(TokenUser(actor.user));
        }
        Ok(Self { app: app.clone(), actor })
    }
}

/// What a route outside of the middleware lacks, for its developer.
const NOT_MOUNTED: &str = "This route asks for a decision, but it is mounted outside of bailiwick. Mount it by \
                           `bailiwick.guarded(..)`, or pass it to `serve_with` or `mount`.";

pub(super) fn app_of(request: &HttpRequest) -> Result<&App, Problem> {
    if let Some(app) = request.app_data::<Data<App>>() {
        return Ok(app);
    }
    // No middleware is there that would log the problem.
    tracing::error!(route = request.match_pattern(), "{NOT_MOUNTED}");
    Err(Problem::internal_because("the route is mounted outside of bailiwick").with_hint(NOT_MOUNTED))
}
