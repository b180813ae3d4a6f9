//! `bailiwick serve`.

use std::io::{Write, stdout};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use bailiwick::app::authority::Public;
use bailiwick::infra::SystemIds;
use bailiwick::presentation::{Color, MIN_SURFACE_CONTRAST, MIN_TEXT_CONTRAST, Palette, Theme};
use bailiwick::{Bailiwick, ServeError};

use tokio::sync::oneshot;

use crate::doctor::strength::weakness;
use crate::failure::Failure;
use crate::listen::listen;
use crate::settings::Settings;
use crate::supervisor::Supervisor;
use crate::{database, keys, open_files, wiring};

/// Margin after the deadline of [`Bailiwick::serve`], within which it returns unless a thread is
/// blocked.
const STOP_MARGIN: Duration = Duration::from_millis(1_750);

/// Claims and migrates the database, then serves until a signal arrives. Faults of the settings and the
/// environment are returned before the addresses are announced.
pub async fn run(settings: &Settings, supervisor: &Supervisor) -> Result<(), Failure> {
    keys::check(settings)?;
    open_files::allow_many();
    let limit = database::start_wait(settings);
    let mut database = database::open(settings, supervisor).await?;
    database::claim(settings, &mut database)?;
    database::migrate(settings, &database).await?;

    supervisor.waits_for("files in DATA_DIR, the addresses to listen on and Redis", limit);
    warn_about_lost_key(settings).await?;
    let keys = keys::load(settings, &SystemIds::new())?;
    let listener = listen("BIND", settings.server.bind.as_str())?;
    let address = listener.local_addr()?;
    let metrics = settings.metrics.bind.as_ref();
    let metrics = metrics.map(|address| listen("METRICS_BIND", address.as_str())).transpose()?;
    let public_url = wiring::public_url(settings, address);
    let builder = wiring::builder(settings, keys, &public_url).database(database);
    let bailiwick = wiring::with_redis(builder, settings).build().await?;
    supervisor.waits_for("the database to store the token of the setup link", limit);
    let setup = bailiwick.app().offer_setup(&Public).await.map_err(Failure::Setup)?;
    let metrics_at = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    announce(settings, address, metrics_at, setup.map(|token| wiring::link(&public_url, "setup", &token)));
    warn_about_settings(settings);
    settings.brand.accent.into_iter().for_each(log_accent);
    let http = wiring::http(settings, public_url);
    let stop = supervisor.serves(http.drain_delay + http.shutdown_timeout + STOP_MARGIN);
    let serving = bailiwick.serve(listener, http, stop);
    match metrics {
        Some(metrics) => with_metrics(&bailiwick, metrics, serving).await?,
        None => serving.await?,
    }
    tracing::info!("stopped");
    Ok(())
}

/// Serves metrics until the service has ended.
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

/// Prints one line per address: name and value. The setup link works once, within 30 minutes, until
/// the platform has an administrator. Errors are ignored, because the service can serve even if its
/// standard output is closed.
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

/// Warns if a signing key is about to be generated for a database whose tokens were signed with another
/// key.
async fn warn_about_lost_key(settings: &Settings) -> Result<(), Failure> {
    let is_missing = keys::at_hand(&settings.jwt, settings.server.data_dir.as_path())?.is_none();
    if is_missing && database::has_sessions(settings).await {
        tracing::warn!(
            "the file of the signing key is missing, and a new key is generated: all access tokens issued before are \
             invalid. To keep them, stop the service, put the file back, and start again"
        );
    }
    Ok(())
}

/// Logs which colors the pages show where the accent itself would not be legible.
fn log_accent(accent: Color) {
    for (name, theme) in [("light", Theme::LIGHT), ("dark", Theme::DARK)] {
        let (palette, ratio) = (Palette::new(accent, &theme), theme.contrast(accent));
        for (part, needed, things, shown) in [
            ("text", MIN_TEXT_CONTRAST, "links", palette.link),
            ("the surface of a button", MIN_SURFACE_CONTRAST, "buttons", palette.button),
        ] {
            if shown != accent {
                tracing::info!(
                    "brand.accent {accent} has a contrast of {ratio:.2}:1 in the {name} theme, and {part} needs \
                     {needed}:1: {things} are {shown}"
                );
            }
        }
    }
}

fn warn_about_settings(settings: &Settings) {
    if let Some(why) = settings.jwt.secret.as_ref().and_then(|secret| weakness(secret.reveal())) {
        tracing::warn!(why, "JWT_SECRET can be guessed, and a guess suffices to sign tokens for any account");
    }
    if settings.log.otlp_url.is_none() && !settings.log.otlp_headers.is_empty() {
        tracing::warn!("log.otlp_headers has no effect without log.otlp_url");
    }
    if !settings.throttle.enabled {
        tracing::warn!("throttles are switched off: passwords can be guessed at any speed");
    }
    if settings.server.public_url.is_none() && settings.mail.smtp_url.is_some() {
        tracing::warn!(
            "PUBLIC_URL is not set: links in mails lead to the address that the service listens on"
        );
    }
}
