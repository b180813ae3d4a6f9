//! Mounts all routes and the middleware in an actix application.

use std::sync::Arc;

use actix_web::Scope;
use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use bailiwick_app::App;

use crate::docs::{self, Description};
use crate::draining::Draining;
use crate::middleware::{complete_response, cors, require_decision};
use crate::own_origin::OwnOrigin;
use crate::pages::Pages;
use crate::prefix::Prefix;
use crate::routes::{self, pathless};
use crate::settings::HttpSettings;
use crate::socket::Hub;

/// Mounts the routes at the root and once more under `/api`, behind the middleware. Paths that no other
/// service of the application has taken are answered here. Each call has sockets of its own, to which
/// their caps apply; [`mount`] shares them between workers.
pub fn configure(cfg: &mut ServiceConfig, app: &App, settings: &HttpSettings) {
    let draining = Draining::default();
    let sockets = Hub::new(app.clone(), settings, &draining);
    mount(cfg, app, settings, &sockets, |_| ());
}

/// Does the same as [`configure`], with routes of the embedder behind the same middleware. They must use
/// the same extractors, because a response without a decision is replaced by a 500.
/// [`resource`](crate::resource()) mounts them like the routes of this crate.
///
/// INVARIANT: the root comes before the `/api` scope, which passes nothing on, so that `/api/protected`
/// is found at the root.
pub fn mount(
    cfg: &mut ServiceConfig,
    app: &App,
    settings: &HttpSettings,
    sockets: &Hub,
    own: impl FnOnce(&mut ServiceConfig),
) {
    mount_with_pages(cfg, app, settings, sockets, None, own);
}

/// Does the same as [`mount`], with pages for people. A path that `own` has taken shows no page.
pub fn mount_with_pages(
    cfg: &mut ServiceConfig,
    app: &App,
    settings: &HttpSettings,
    sockets: &Hub,
    pages: Option<&Arc<dyn Pages>>,
    own: impl FnOnce(&mut ServiceConfig),
) {
    if let Some(pages) = pages {
        cfg.app_data(Data::from(pages.clone()));
    }
    register(cfg, app, settings, sockets);
    // A target that is not a path enters no scope.
    cfg.default_service(web::route().to(pathless).wrap(from_fn(complete_response)));
    let routes = web::scope("")
        .configure(|cfg| all(cfg, pages.map(AsRef::as_ref)))
        .configure(own)
        .configure(|cfg| pages.into_iter().for_each(|pages| pages.configure(cfg)))
        .service(web::scope("/api").configure(|cfg| all(cfg, None)));
    cfg.service(behind_middleware(routes, settings));
}

/// Registers what extractors and middleware need.
pub(crate) fn register(cfg: &mut ServiceConfig, app: &App, settings: &HttpSettings, sockets: &Hub) {
    cfg.app_data(Data::new(app.clone()))
        .app_data(Data::new(settings.clone()))
        .app_data(Data::new(Prefix::of(&settings.public_url)))
        .app_data(Data::new(OwnOrigin::of(&settings.public_url)))
        .app_data(Data::new(settings.protection()))
        .app_data(Data::new(Description::default()))
        .app_data(Data::new(sockets.draining().clone()))
        .app_data(Data::new(sockets.clone()));
}

/// Puts routes behind the middleware that every response needs.
pub(crate) fn behind_middleware(routes: Scope, settings: &HttpSettings) -> impl HttpServiceFactory + use<> {
    routes.wrap(from_fn(require_decision)).wrap(cors(settings)).wrap(from_fn(complete_response))
}

/// Mounts every route, the documentation and the WebSocket among them.
fn all(cfg: &mut ServiceConfig, pages: Option<&dyn Pages>) {
    routes::configure(cfg, pages);
    docs::configure(cfg);
}
