//! The server: start, drain, stop.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App as ActixApp, HttpServer};
use bailiwick_app::App;

use crate::draining::Draining;
use crate::mount::mount;
use crate::patience;
use crate::settings::HttpSettings;
use crate::socket::Sockets;

/// The workers look only once a second whether the time of requests under way is over; the
/// stop waits for them no longer than this.
const CUT_OFF: Duration = Duration::from_millis(250);

/// Answers on `listener` until `stop` is ready; then `/readyz` turns 503, sockets are
/// closed, the listener a moment later, and requests under way may end.
pub async fn serve(
    listener: TcpListener,
    app: App,
    settings: HttpSettings,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let draining = Draining::default();
    let sockets = Sockets::new(app.clone(), &settings, &draining);
    sockets.start();
    let factory = {
        let (settings, sockets) = (settings.clone(), sockets.clone());
        move || ActixApp::new().configure(|cfg| mount(cfg, &app, &settings, &sockets, |_| ()))
    };
    let server = HttpServer::new(factory)
        .workers(settings.workers.get())
        .client_request_timeout(settings.header_timeout)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .on_connect(|connection, _| patience::limit(connection))
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    tokio::select! {
        ended = server => ended,
        () = drain(handle, &sockets, &settings, stop) => Ok(()),
    }
}

async fn drain(
    handle: ServerHandle,
    sockets: &Sockets,
    settings: &HttpSettings,
    stop: impl Future<Output = ()>,
) {
    stop.await;
    sockets.draining().begin();
    sockets.drain();
    tokio::time::sleep(settings.drain_delay).await;
    let limit = settings.shutdown_timeout;
    if tokio::time::timeout(limit.saturating_add(CUT_OFF), handle.stop(true)).await.is_err() {
        tracing::warn!(seconds = limit.as_secs(), "requests still under way at the deadline were cut off");
    }
}
