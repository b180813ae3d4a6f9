//! `bailiwick serve`.

use std::io::{Write, stdout};
use std::net::{SocketAddr, TcpListener};

use actix_web::rt::signal::unix::{Signal, SignalKind, signal};
use bailiwick::app::authority::Public;
use bailiwick::infra::SystemIds;
use bailiwick::{Bailiwick, ServeError};

use tokio::sync::oneshot;

use crate::doctor::strength::weakness;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{database, keys, open_files, wiring};

/// Claims and migrates the database, then serves until a signal comes. What can
/// be refused is refused before anything is announced.
pub async fn run(settings: &Settings) -> Result<(), Failure> {
    keys::check(settings)?;
    open_files::allow_many();
    let stop = stop_signals()?;
    let mut database = database::open(settings).await?;
    database::claim(settings, &mut database)?;
    database::migrate(settings, &database).await?;
    let keys = keys::load(settings, &SystemIds::new())?;

    let listener = bind(settings.server.bind.as_str())?;
    let address = listener.local_addr()?;
    let metrics = settings.metrics.bind.as_ref().map(|address| bind(address.as_str())).transpose()?;
    let public_url = wiring::public_url(settings, address);
    let builder = wiring::builder(settings, keys, &public_url).database(database);
    let bailiwick = wiring::with_redis(builder, settings).build().await?;
    let setup = bailiwick.app().offer_setup(&Public).await.map_err(Failure::Setup)?;
    let metrics_at = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    announce(settings, address, metrics_at, setup.map(|token| wiring::link(&public_url, "setup", &token)));
    warn_about_settings(settings);
    let serving = bailiwick.serve(listener, wiring::http(settings, public_url), stop);
    match metrics {
        Some(metrics) => with_metrics(&bailiwick, metrics, serving).await?,
        None => serving.await?,
    }
    tracing::info!("stopped");
    Ok(())
}

/// Metrics are there until the service has ended.
async fn with_metrics(
    bailiwick: &Bailiwick,
    listener: TcpListener,
    serving: impl Future<Output = Result<(), ServeError>>,
) -> Result<(), ServeError> {
    let (serves, ended) = oneshot::channel::<()>();
    let metrics = bailiwick.serve_metrics(listener, async move { _ = ended.await });
    let serving = async move {
        let outcome = serving.await;
        drop(serves);
        outcome
    };
    tokio::try_join!(serving, metrics).map(drop)
}

fn bind(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|source| Failure::Bind { address: address.to_owned(), source })
}

/// One line each, a name and a value. The setup link works once, for 30 minutes, while
/// the platform has no administrator. Whoever started the service may have stopped
/// reading; that is no reason not to serve.
fn announce(settings: &Settings, listening: SocketAddr, metrics: Option<SocketAddr>, setup: Option<String>) {
    let api = wiring::url_of(listening);
    let outbox = match &settings.mail.smtp_url {
        Some(url) => url.0.to_string(),
        None => settings.outbox_dir().display().to_string(),
    };
    let mut out = stdout().lock();
    let _ = write!(out, "API     {api}\nDocs    {api}/docs\nOutbox  {outbox}\n");
    if let Some(address) = metrics {
        let _ = writeln!(out, "Metrics {}/metrics", wiring::url_of(address));
    }
    if let Some(link) = setup {
        let _ = writeln!(out, "Setup   {link}");
    }
    let _ = out.flush();
}

fn warn_about_settings(settings: &Settings) {
    if let Some(why) = settings.jwt.secret.as_ref().and_then(|secret| weakness(secret.reveal())) {
        tracing::warn!(why, "JWT_SECRET can be guessed: whoever does signs tokens for anybody");
    }
    if !settings.throttle.enabled {
        tracing::warn!("throttles are switched off: passwords can be guessed at any speed");
    }
    if settings.server.public_url.is_none() && settings.mail.smtp_url.is_some() {
        tracing::warn!("PUBLIC_URL is not set: links in mails lead to the address that is listened on");
    }
}

/// Ready at the first SIGTERM or SIGINT. They are caught from now on; a second one
/// ends the process at once.
fn stop_signals() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        first(&mut terminate, &mut interrupt).await;
        tracing::info!("stopping");
        actix_web::rt::spawn(async move {
            first(&mut terminate, &mut interrupt).await;
            tracing::warn!("told twice: stopped without waiting");
            std::process::exit(1);
        });
    })
}

async fn first(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
