//! Pages for people beside the API. Another crate has them; this module is what it implements, and how
//! its routes are mounted.

use std::pin::Pin;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, Route};
use bailiwick_kernel::UserId;

use crate::middleware::{TokenUser, methods, names_users, panic_guard, record_authority, same_origin};
use crate::problem::Problem;
use crate::resource::with_routes;

/// Pages for people. They are mounted at the root of the service, not under `/api`.
pub trait Pages: Send + Sync {
    /// Mounts the pages; see [`page`].
    fn configure(&self, cfg: &mut ServiceConfig);

    /// Returns the routes of pages at a path that has operations of the API, for other methods.
    fn beside(&self, path: &str) -> Vec<Route>;

    /// Returns the page of a refusal or failure that no page answered itself. `None` keeps the problem,
    /// which clients of the API expect.
    fn refusal<'r>(&'r self, request: &'r HttpRequest, problem: &'r Problem) -> ShownRefusal<'r>;
}

/// Names the user of a page in the log line and the span of its request, as that of a token is.
pub fn name_user(request: &HttpRequest, user: UserId) {
    if names_users(request) {
        request.extensions_mut().insert(TokenUser(user));
        record_authority(request, None);
    }
}

/// The page of a refusal, once its reader is known; `None` if it is no page.
pub type ShownRefusal<'r> = Pin<Box<dyn Future<Output = Option<HttpResponse>> + 'r>>;

/// Mounts a page: as [`resource`](crate::resource()), and a request that may change something is refused
/// if a page of another origin sent it.
pub fn page(cfg: &mut ServiceConfig, path: &str, routes: impl IntoIterator<Item = Route>) {
    let page = with_routes(path, routes).wrap(from_fn(panic_guard)).wrap(from_fn(methods));
    cfg.service(page.wrap(from_fn(same_origin)).wrap(from_fn(mark)));
}

/// Returns whether the path of the request is that of a page.
pub fn is_page(request: &HttpRequest) -> bool {
    request.extensions().contains::<OfPage>()
}

/// The mark of a request to a page.
struct OfPage;

async fn mark<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    request.extensions_mut().insert(OfPage);
    next.call(request).await
}
