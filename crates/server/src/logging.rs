//! Logging to standard error, without secrets.

use std::io::{IsTerminal, stderr};

use bailiwick::app::spans;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{Log, LogFormat, LogLevel};

/// A part of the subscriber.
pub type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Installs the subscriber, with `more` beside the lines of the log. A second call has no effect.
pub fn start(settings: &Log, more: Option<BoxedLayer>) {
    let ends = if settings.spans { FmtSpan::CLOSE } else { FmtSpan::NONE };
    let lines = fmt::layer().with_writer(stderr).with_span_events(ends);
    let lines: BoxedLayer = match settings.format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filtered = lines.with_filter(filter(settings)).with_filter(filter_fn(holds_no_secret));
    let layers: Vec<BoxedLayer> = more.into_iter().chain([filtered.boxed()]).collect();
    // INVARIANT: fails only if a subscriber is installed already.
    let _ = tracing_subscriber::registry().with(layers).try_init();
}

/// The directive that mutes actix_http, because any client can make it log an error by sending bytes
/// that are not HTTP. A filter that names the library takes precedence.
const OF_CLIENTS: &str = "actix_http=off";

/// Returns the filter of the settings. The level applies to bailiwick's events; libraries log `info` at
/// most. Spans are on or off whatever the level; a filter that names their target takes precedence.
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
    let spans = format!("{}={}", spans::TARGET, if settings.spans { "info" } else { "off" });
    EnvFilter::new(format!("{OF_CLIENTS},{spans},{chosen}"))
}

/// Rejects events of the PostgreSQL driver below `info`, because they show the parameters of
/// statements, among them hashes and mails with their links.
fn holds_no_secret(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("tokio_postgres") || *event.level() <= Level::INFO
}
