//! The routes. A handler is an extraction of authority, a call and a mapping.

pub mod accounts;
pub mod audit;
pub mod authz;
pub mod docs;
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
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, Resource, Route, web};

use crate::extract::Public;
use crate::middleware::{methods, methods_without_head, shield};
use crate::problem::{Code, Problem};
use crate::socket;

/// The methods that some resource has.
const ALL_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// Mounts a resource: its routes, HEAD where it has GET, OPTIONS, 405 with `Allow` for every
/// other method, and a shield against handlers that panic or dawdle.
pub fn resource<const N: usize>(cfg: &mut ServiceConfig, path: &str, routes: [Route; N]) {
    cfg.service(with_routes(path, routes).wrap(from_fn(shield)).wrap(from_fn(methods)));
}

/// As [`resource`], for a GET that has an effect: HEAD is 405.
pub(crate) fn resource_without_head<const N: usize>(cfg: &mut ServiceConfig, path: &str, routes: [Route; N]) {
    cfg.service(with_routes(path, routes).wrap(from_fn(shield)).wrap(from_fn(methods_without_head)));
}

fn with_routes<const N: usize>(path: &str, routes: [Route; N]) -> Resource {
    routes.into_iter().fold(web::resource(path), Resource::route)
}

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

/// Mounts all routes.
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
    socket::configure(cfg);
    health::configure(cfg);
    keys::configure(cfg);
    problems::configure(cfg);
    docs::configure(cfg);
}
