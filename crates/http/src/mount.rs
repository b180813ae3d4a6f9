//! Everything, put into an actix application.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use bailiwick_app::App;

use crate::docs::{self, Description};
use crate::draining::Draining;
use crate::middleware::{cors, decided, edge};
use crate::prefix::Prefix;
use crate::routes::{self, pathless};
use crate::settings::HttpSettings;
use crate::socket::Hub;

/// Mounts the routes, at the root and once more under `/api`, behind the edge.
/// Whatever path nobody before has taken is answered from here. Each call has sockets of
/// its own, to which their caps apply; [`mount`] shares them between workers.
pub fn configure(cfg: &mut ServiceConfig, app: &App, settings: &HttpSettings) {
    let draining = Draining::default();
    let sockets = Hub::new(app.clone(), settings, &draining);
    mount(cfg, app, settings, &sockets, |_| ());
}

/// As [`configure`], with routes of one's own behind the same edge: they use the
/// same extractors, and must, because an answer without a decision is a 500.
/// [`resource`](crate::resource()) gives them the same care as ours.
///
/// INVARIANT: the root comes before the `/api` scope, which lets nothing through,
/// so that `/api/protected` is found at the root.
pub fn mount(
    cfg: &mut ServiceConfig,
    app: &App,
    settings: &HttpSettings,
    sockets: &Hub,
    own: impl FnOnce(&mut ServiceConfig),
) {
    cfg.app_data(Data::new(app.clone()))
        .app_data(Data::new(settings.clone()))
        .app_data(Data::new(Prefix::of(&settings.public_url)))
        .app_data(Data::new(Description::default()))
        .app_data(Data::new(sockets.draining().clone()))
        .app_data(Data::new(sockets.clone()));
    // What is no path never enters a scope.
    cfg.default_service(web::route().to(pathless).wrap(from_fn(edge)));
    cfg.service(
        web::scope("")
            .configure(all)
            .configure(own)
            .service(web::scope("/api").configure(all))
            .wrap(from_fn(decided))
            .wrap(cors(settings))
            .wrap(from_fn(edge)),
    );
}

/// Mounts every route, the documentation and the WebSocket among them.
fn all(cfg: &mut ServiceConfig) {
    routes::configure(cfg);
    docs::configure(cfg);
}
