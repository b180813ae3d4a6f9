//! The server: start, drain, stop.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService};
use actix_server::{Server, ServerHandle};
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::App as ActixApp;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use bailiwick_app::App;

use crate::draining::Draining;
use crate::mount::mount_with_pages;
use crate::pages::Pages;
use crate::prefix::Prefix;
use crate::settings::HttpSettings;
use crate::socket::Hub;
use crate::tcp_timeout;
use crate::transport::{LINGER, Transport};
use crate::unparsed::UnparsedProblems;

/// Tolerance of the stop, because workers check only once a second whether the time of requests in
/// progress is over.
const CUT_OFF: Duration = Duration::from_millis(250);

/// Serves on `listener` until `stop` is ready. Then `/readyz` responds with 503, sockets are closed, the
/// listener is closed after the drain delay, and requests in progress may end. `pages` are pages for
/// people, if any; `own` mounts routes of an embedder behind the same middleware.
pub async fn serve(
    listener: TcpListener,
    app: App,
    settings: HttpSettings,
    pages: Option<Arc<dyn Pages>>,
    own: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let draining = Draining::default();
    let sockets = Hub::new(app.clone(), &settings, &draining);
    sockets.start();
    let problems = UnparsedProblems::new(app.clone(), Prefix::of(&settings.public_url));
    let configure = {
        let (settings, sockets) = (settings.clone(), sockets.clone());
        move |cfg: &mut ServiceConfig| {
            mount_with_pages(cfg, &app, &settings, &sockets, pages.as_ref(), own.clone());
        }
    };
    let server = listen(listener, &settings, problems, configure)?;
    let handle = server.handle();
    tokio::select! {
        ended = server => ended,
        () = drain(handle, &sockets, &settings, stop) => Ok(()),
    }
}

/// Does the same as `actix_web::HttpServer`, with a connection type of our own, so that connections can
/// be closed as RFC 6455 requires, and requests that cannot be parsed get a problem.
fn listen(
    listener: TcpListener,
    settings: &HttpSettings,
    problems: UnparsedProblems,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let builder = Server::build()
        .workers(settings.workers.get())
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let (header_timeout, keep_alive) = (settings.header_timeout, settings.keep_alive);
    let service = move || {
        let (stopping, problems) = (stopping.clone(), problems.clone());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(header_timeout)
            .client_disconnect_timeout(LINGER)
            .keep_alive(keep_alive)
            .local_addr(address)
            .on_connect_ext(|transport: &Transport, data: &mut Extensions| {
                data.insert(transport.read_end());
            })
            .h1(map_config(ActixApp::new().configure(configure.clone()), |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            tcp_timeout::limit(&stream);
            ready(Ok::<_, DispatchError>((Transport::new(stream, problems.clone()), peer)))
        })
        .and_then(http)
    };
    Ok(builder.listen("http", listener, service)?.run())
}

async fn drain(handle: ServerHandle, sockets: &Hub, settings: &HttpSettings, stop: impl Future<Output = ()>) {
    stop.await;
    sockets.draining().begin();
    sockets.drain();
    tokio::time::sleep(settings.drain_delay).await;
    let limit = settings.shutdown_timeout;
    if tokio::time::timeout(limit.saturating_add(CUT_OFF), handle.stop(true)).await.is_err() {
        tracing::warn!(seconds = limit.as_secs(), "requests in progress at the deadline were aborted");
    }
}
