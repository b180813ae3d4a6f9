//! Logs: to standard error, without secrets.

use std::io::{IsTerminal, stderr};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{Log, LogFormat, LogLevel};

/// Starts logging. A second call changes nothing.
pub fn start(settings: &Log) {
    let lines = fmt::layer().with_writer(stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filtered = lines.with_filter(filter(settings)).with_filter(filter_fn(holds_no_secret));
    // INVARIANT: fails only where a subscriber is installed already.
    let _ = tracing_subscriber::registry().with(filtered).try_init();
}

/// Clients cause the events of this library, and any client can: it logs an error for each
/// connection whose bytes are no HTTP. A filter that names it wins.
const OF_CLIENTS: &str = "actix_http=off";

/// The level is for bailiwick's own events; of libraries not more than `info`.
fn filter(settings: &Log) -> EnvFilter {
    let (own, others) = match settings.level {
        LogLevel::Error => ("error", "error"),
        LogLevel::Warn => ("warn", "warn"),
        LogLevel::Info => ("info", "info"),
        LogLevel::Debug => ("debug", "info"),
        LogLevel::Trace => ("trace", "info"),
    };
    let by_level = format!("{others},bailiwick={own}");
    let chosen = settings.filter.as_ref().map_or(by_level.as_str(), |filter| filter.as_str());
    EnvFilter::new(format!("{OF_CLIENTS},{chosen}"))
}

/// Below `info` the driver of PostgreSQL logs the parameters of statements, and
/// among them are hashes and mails with their links.
fn holds_no_secret(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("tokio_postgres") || *event.level() <= Level::INFO
}
