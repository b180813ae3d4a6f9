//! The routes.

pub mod accounts;
pub mod invitations;
pub mod organizations;
pub mod roles;

use actix_web::web::ServiceConfig;
use actix_web::{Route, web};

/// Mounts a resource: its routes, and 405 with `Allow` for every other method.
pub(crate) fn resource<const N: usize>(cfg: &mut ServiceConfig, path: &str, routes: [Route; N]) {
    let resource = routes.into_iter().fold(web::resource(path), actix_web::Resource::route);
    cfg.service(resource);
}

/// Mounts all routes.
pub fn configure(_: &mut ServiceConfig) {}
