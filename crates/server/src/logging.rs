//! Logging to standard error, without secrets.

use std::io::{IsTerminal, stderr};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{Log, LogFormat, LogLevel};

/// Installs the subscriber. A second call has no effect.
pub fn start(settings: &Log) {
    let lines = fmt::layer().with_writer(stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filtered = lines.with_filter(filter(settings)).with_filter(filter_fn(holds_no_secret));
    // INVARIANT: fails only if a subscriber is installed already.
    let _ = tracing_subscriber::registry().with(filtered).try_init();
}

/// The directive that mutes actix_http, because any client can make it log an error by sending bytes
/// that are not HTTP. A filter that names the library takes precedence.
const OF_CLIENTS: &str = "actix_http=off";

/// Returns the filter of the settings. The level applies to bailiwick's events; libraries log `info` at
/// most.
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

/// Rejects events of the PostgreSQL driver below `info`, because they show the parameters of
/// statements, among them hashes and mails with their links.
fn holds_no_secret(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("tokio_postgres") || *event.level() <= Level::INFO
}
