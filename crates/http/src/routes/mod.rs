//! The routes. A handler is an extraction of authority, a call and a mapping.

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

/// The methods that some resource has.
const ALL_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// Answers requests whose target is no path (RFC 9112, section 3.2): `OPTIONS *` asks for the
/// methods of the service as a whole.
pub(crate) async fn pathless(_: Public, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match (request.method(), request.path()) {
        (&Method::OPTIONS, "*") => Ok(HttpResponse::NoContent().insert_header((ALLOW, ALL_METHODS)).finish()),
        (_, path) if path.starts_with('/') => Err(Code::NotFound.into()),
        _ => Err(Problem::new(Code::BadRequest)
            .with_hint("The target of the request is no path. Send one that begins with a slash.")),
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
