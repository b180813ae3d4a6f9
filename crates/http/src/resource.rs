//! Mounting of resources, with the methods that every resource has.

use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{Resource, Route, web};

use crate::middleware::{methods, methods_without_head, panic_guard};

/// Mounts a resource: its routes, HEAD if it has GET, OPTIONS, 405 with `Allow` for every other
/// method, and a guard against handlers that panic or take too long.
pub fn resource(cfg: &mut ServiceConfig, path: &str, routes: impl IntoIterator<Item = Route>) {
    cfg.service(with_routes(path, routes).wrap(from_fn(panic_guard)).wrap(from_fn(methods)));
}

/// As [`resource`], for a GET that has an effect: HEAD is 405.
pub(crate) fn resource_without_head(
    cfg: &mut ServiceConfig,
    path: &str,
    routes: impl IntoIterator<Item = Route>,
) {
    cfg.service(with_routes(path, routes).wrap(from_fn(panic_guard)).wrap(from_fn(methods_without_head)));
}

pub(crate) fn with_routes(path: &str, routes: impl IntoIterator<Item = Route>) -> Resource {
    routes.into_iter().fold(web::resource(path), Resource::route)
}
