//! `bailiwick serve --testing` (feature `testing`): many throw-away services in one process, for the tests of
//! programs in other languages.
//!
//! The base URL of a test is `/t/TOKEN`, where the test chooses the token. The first request creates the
//! service of that token: a store in memory, a clock that stands still until it is advanced, and a mailbox.
//! What lies under `/t/TOKEN/_test` controls it ([`control`]). Passwords are hashed without cost, and nobody
//! is asked for a credential there, so it is refused on addresses that other machines can reach.

mod control;
mod dispatcher;
mod instance;
mod mailbox;
mod seed;

use std::io::{Write, stdout};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_service::fn_factory_with_config;
use actix_web::HttpServer;
use actix_web::dev::AppConfig;

use crate::failure::Failure;
use crate::listen::listen;
use crate::settings::Settings;
use crate::supervisor::Supervisor;
use crate::{database, open_files, wiring};

use dispatcher::Dispatcher;
use instance::Common;

/// Serves until a signal arrives. [`Failure::NotLoopback`] unless BIND is an address of this machine alone.
pub async fn run(settings: &Settings, supervisor: &Supervisor) -> Result<(), Failure> {
    open_files::allow_many();
    supervisor.waits_for("the address to listen on", database::start_wait(settings));
    let (listener, address) = listen_on_loopback(settings.server.bind.as_str())?;
    let base = wiring::url_of(address);
    let common = Arc::new(Common::new(settings, base.clone()));
    // If this fails, the service can serve anyway.
    let _ = writeln!(stdout(), "API     {base}/t/TOKEN\nDocs    {base}/t/TOKEN/docs");
    let server = HttpServer::new(move || {
        let common = common.clone();
        fn_factory_with_config(move |config: AppConfig| {
            let dispatcher = Dispatcher::new(common.clone(), config);
            async move { Ok::<_, ()>(dispatcher) }
        })
    });
    // One thread has all services, so none is created twice.
    let server = server.workers(1).disable_signals().shutdown_timeout(1).listen(listener)?.run();
    let handle = server.handle();
    let stop = supervisor.serves(wiring::http(settings, base).shutdown_timeout);
    let stopping = async move {
        stop.await;
        handle.stop(false).await;
    };
    let (outcome, ()) = tokio::join!(server, stopping);
    Ok(outcome?)
}

fn listen_on_loopback(bind: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = listen("BIND", bind)?;
    let address = listener.local_addr()?;
    if address.ip().is_loopback() { Ok((listener, address)) } else { Err(Failure::NotLoopback(address)) }
}
