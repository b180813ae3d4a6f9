//! The routes. A handler extracts the authority of the caller, calls a use case and maps the result.

pub mod accounts;
pub mod audit;
pub mod authz;
pub mod health;
pub mod invitations;
pub mod keys;
pub mod organizations;
pub mod passwords;
pub mod platform;
pub mod problems;
pub mod roles;
pub mod sessions;
pub mod sockets;
pub mod throttles;
pub mod users;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};

use crate::extract::Public;
use crate::problem::{Code, Problem};

/// The methods that at least one resource supports.
const ALL_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// Responds to requests whose target is not a path (RFC 9112, section 3.2). `OPTIONS *` gets the
/// methods of the whole service; other targets get [`Code::BadRequest`].
pub(crate) async fn pathless(_: Public, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match (request.method(), request.path()) {
        (&Method::OPTIONS, "*") => Ok(HttpResponse::NoContent().insert_header((ALLOW, ALL_METHODS)).finish()),
        (_, path) if path.starts_with('/') => Err(Code::NotFound.into()),
        _ => Err(Problem::new(Code::BadRequest)
            .with_hint("The request target is not a path. Send one that begins with a slash.")),
    }
}

/// Mounts the routes of the API.
pub fn configure(cfg: &mut ServiceConfig) {
    accounts::configure(cfg);
    sessions::configure(cfg);
    passwords::configure(cfg);
    users::configure(cfg);
    organizations::configure(cfg);
    roles::configure(cfg);
    invitations::configure(cfg);
    authz::configure(cfg);
    audit::configure(cfg);
    throttles::configure(cfg);
    platform::configure(cfg);
    sockets::configure(cfg);
    health::configure(cfg);
    keys::configure(cfg);
    problems::configure(cfg);
}
