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

use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};

use crate::extract::Public;
use crate::operation::{Endpoint, Operation};
use crate::pages::Pages;
use crate::problem::{Code, Problem};
use crate::socket;

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

/// Returns all operations of the API, those of sockets included.
pub(crate) fn operations() -> Vec<Operation> {
    [
        accounts::operations(),
        sessions::operations(),
        passwords::operations(),
        users::operations(),
        organizations::operations(),
        roles::operations(),
        invitations::operations(),
        authz::operations(),
        audit::operations(),
        throttles::operations(),
        platform::operations(),
        sockets::operations(),
        socket::operations(),
        health::operations(),
        keys::operations(),
        problems::operations(),
    ]
    .concat()
}

/// Mounts the resources of all operations, with the pages at the same paths.
pub fn configure(cfg: &mut ServiceConfig, pages: Option<&dyn Pages>) {
    static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| Endpoint::all(operations()));
    for endpoint in ENDPOINTS.iter() {
        endpoint.mount(cfg, pages.map(|pages| pages.beside(endpoint.path())).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use utoipa::OpenApi;

    use super::*;
    use crate::openapi::ApiDoc;
    use crate::operation;

    #[test]
    fn the_document_has_the_operations_that_are_routed() {
        let paths = ApiDoc::openapi().paths.paths;
        let described: HashSet<_> = paths
            .iter()
            .flat_map(|(path, item)| operation::methods(item).map(move |method| (path.clone(), method)))
            .collect();
        let endpoints = Endpoint::all(operations());
        let routed: Vec<_> = endpoints.iter().flat_map(Endpoint::routes).collect();
        assert_eq!(routed.len(), operations().len(), "each operation has one path and one method");
        assert_eq!(routed.len(), described.len(), "no path has two handlers of a method");
        assert_eq!(routed.into_iter().collect::<HashSet<_>>(), described);
    }

    #[test]
    fn a_literal_path_is_mounted_before_a_parameter() {
        let endpoints = Endpoint::all(operations());
        let place = |path: &str| endpoints.iter().position(|endpoint| endpoint.path() == path).unwrap();
        for (literal, parameter) in [
            ("/invitations/accept", "/invitations/{invitation_id}"),
            ("/roles/reorder", "/roles/{role_id}"),
            ("/users/me", "/users/{user_id}"),
        ] {
            assert!(place(literal) < place(parameter), "{literal}");
        }
    }
}
