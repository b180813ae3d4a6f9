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

pub(super) fn app_of(request: &HttpRequest) -> Result<&App, Problem> {
    let app = request.app_data::<Data<App>>().map(|app| &***app);
    app.ok_or_else(|| Problem::internal_because("the application is not registered as Data<App>"))
}
