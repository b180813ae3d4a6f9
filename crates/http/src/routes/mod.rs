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

use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{Resource, Route, web};

use crate::edge::shield;
use crate::socket;

/// Mounts a resource: its routes, 405 with `Allow` for every other method, and a
/// shield against handlers that panic or dawdle.
pub fn resource<const N: usize>(cfg: &mut ServiceConfig, path: &str, routes: [Route; N]) {
    let resource = routes.into_iter().fold(web::resource(path), Resource::route);
    cfg.service(resource.wrap(from_fn(shield)));
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
