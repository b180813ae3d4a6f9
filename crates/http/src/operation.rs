//! Operations of the API: a handler and its declaration in one place.
//!
//! The `#[utoipa::path]` of a handler is the only declaration of its path and method. Each module
//! lists its handlers once, in [`operations!`]; the list gives the resources of the router and the
//! paths of the OpenAPI document.

use actix_web::Route;
use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::PathItem;

use crate::resource::{resource, resource_without_head};

/// An operation, as [`operations!`] lists it.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Describes the operation: one path with one method, and the schemas that it uses.
    pub describe: fn() -> Description,
    /// Creates the route of a method.
    pub route: fn(Method) -> Route,
    /// Whether HEAD is 405, because the GET has an effect.
    pub refuses_head: bool,
}

/// Declares the function `operations` of a module, which returns its handlers as [`Operation`]s.
/// `Allow` names the methods of a path in the order of the list. With `; without HEAD`, HEAD is 405.
macro_rules! operations {
    ($($handler:ident),+ $(,)?) => {
        operations!(@declare false, $($handler),+);
    };
    ($($handler:ident),+; without HEAD) => {
        operations!(@declare true, $($handler),+);
    };
    (@declare $refuses_head:literal, $($handler:ident),+) => {
        /// Returns the operations of this module.
        pub(crate) fn operations() -> Vec<$crate::operation::Operation> {
            vec![$($crate::operation::Operation {
                describe: || {
                    #[derive(utoipa::OpenApi)]
                    #[openapi(paths($handler))]
                    struct Described;
                    <Described as utoipa::OpenApi>::openapi()
                },
                route: |method| actix_web::web::method(method).to($handler),
                refuses_head: $refuses_head,
            }),+]
        }
    };
}

pub(crate) use operations;

/// A path with the operations of its methods.
pub(crate) struct Endpoint {
    path: String,
    operations: Vec<(Method, Operation)>,
}

impl Endpoint {
    /// Groups operations by their path. Paths with a literal segment come before paths with a
    /// parameter in its place, because the router takes the first path that matches.
    pub fn all(operations: impl IntoIterator<Item = Operation>) -> Vec<Self> {
        let mut endpoints: Vec<Self> = Vec::new();
        for operation in operations {
            for (path, item) in (operation.describe)().paths.paths {
                let described = methods(&item).map(|method| (method, operation));
                match endpoints.iter_mut().find(|endpoint| endpoint.path == path) {
                    Some(endpoint) => endpoint.operations.extend(described),
                    None => endpoints.push(Self { path, operations: described.collect() }),
                }
            }
        }
        endpoints.sort_by_cached_key(|endpoint| parameters(&endpoint.path));
        endpoints
    }

    /// The path, with its parameters in braces.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path with each of its methods.
    #[cfg(test)]
    pub fn routes(&self) -> impl Iterator<Item = (String, Method)> {
        self.operations.iter().map(|(method, _)| (self.path.clone(), method.clone()))
    }

    /// Mounts the resource of the path, with other routes beside its operations.
    pub fn mount(&self, cfg: &mut ServiceConfig, beside: Vec<Route>) {
        let routes = self.operations.iter().map(|(method, operation)| (operation.route)(method.clone()));
        let routes = routes.chain(beside);
        if self.operations.iter().any(|(_, operation)| operation.refuses_head) {
            resource_without_head(cfg, &self.path, routes);
        } else {
            resource(cfg, &self.path, routes);
        }
    }
}

/// Whether each segment of the path is a parameter.
fn parameters(path: &str) -> Vec<bool> {
    path.split('/').map(|segment| segment.starts_with('{')).collect()
}

/// Returns the methods that the description of a path has.
pub(crate) fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    let methods = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ];
    methods.into_iter().filter_map(|(method, operation)| operation.is_some().then_some(method))
}
