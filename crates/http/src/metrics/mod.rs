//! Metrics for operators, in the text format of OpenMetrics, on a separate listener.

mod authority;
mod page;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web::{Data, get};
use actix_web::{App as ActixApp, HttpResponse, HttpServer};
use bailiwick_app::App;
use prometheus_client::registry::Registry;

use authority::AuthorityCollector;

/// Content type of the OpenMetrics text format, version 1.0.0.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `GET /metrics` on `listener`, and nothing else, until `stop` is ready. It has no
/// authentication: bind the listener where only operators can reach it.
pub async fn serve_metrics(
    listener: TcpListener,
    app: &App,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let registry = Arc::new(registry(app));
    let factory = move || {
        ActixApp::new().app_data(Data::from(Arc::clone(&registry))).route("/metrics", get().to(scrape))
    };
    let server = HttpServer::new(factory).workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    tokio::select! {
        ended = server => ended,
        () = async { stop.await; handle.stop(false).await } => Ok(()),
    }
}

fn registry(app: &App) -> Registry {
    let mut registry = Registry::with_prefix("bailiwick");
    registry.register_collector(Box::new(AuthorityCollector::of(app)));
    registry
}

async fn scrape(registry: Data<Registry>) -> HttpResponse {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
