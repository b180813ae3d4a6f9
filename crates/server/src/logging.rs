//! Logging to standard error, without secrets.

use std::io::{IsTerminal, stderr};

use bailiwick::app::spans;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::settings::{Log, LogFormat, LogLevel};

/// A part of the subscriber.
pub type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Installs the subscriber with the layer of log lines and the layer `more`. A second call has no effect.
pub fn start(settings: &Log, more: Option<BoxedLayer>) {
    // INVARIANT: fails only if a subscriber is installed already.
    let _ = subscriber(settings, more).try_init();
}

/// INVARIANT: the layer of log lines has one combined filter. With two nested filters, a callsite that
/// only one of them rejects counts as enabled, and its fields are computed for nothing.
fn subscriber(settings: &Log, more: Option<BoxedLayer>) -> impl Subscriber + Send + Sync + use<> {
    let ends = if settings.spans { FmtSpan::CLOSE } else { FmtSpan::NONE };
    let lines = fmt::layer().with_writer(stderr).with_span_events(ends);
    let lines: BoxedLayer = match settings.format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let without_secrets = filter_fn(holds_no_secret).with_max_level_hint(LevelFilter::TRACE);
    let filtered = lines.with_filter(filter(settings).and(without_secrets));
    let layers: Vec<BoxedLayer> = more.into_iter().chain([filtered.boxed()]).collect();
    tracing_subscriber::registry().with(layers)
}

/// The directive that mutes actix_http, because any client can make it log an error by sending bytes
/// that are not HTTP. A filter that names the library takes precedence.
const MUTE_ACTIX_HTTP: &str = "actix_http=off";

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
    EnvFilter::new(format!("{MUTE_ACTIX_HTTP},{spans},{chosen}"))
}

/// Rejects events of the PostgreSQL driver below `info`, because they show the parameters of
/// statements, among them hashes and mails with their links.
fn holds_no_secret(event: &Metadata<'_>) -> bool {
    !event.target().starts_with("tokio_postgres") || *event.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tracing::subscriber::with_default;

    use super::*;
    use crate::settings::{Flags, Settings};

    #[test]
    fn disabled_events_and_spans_are_not_computed() {
        let spans = ("BAILIWICK__LOG__SPANS", "true");
        for (environment, has_spans, has_debug) in [
            (&[][..], false, false),
            (&[("BAILIWICK__LOG__LEVEL", "debug")], false, true),
            (&[("RUST_LOG", "trace")], false, true),
            (&[spans], true, false),
            (&[spans, ("BAILIWICK__LOG__LEVEL", "error")], true, false),
            (&[("RUST_LOG", "info,bailiwick::span=info")], true, false),
        ] {
            let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let (nowhere, owned) = (tempfile::tempdir().unwrap(), owned.collect::<BTreeMap<_, _>>());
            let settings = Settings::read(nowhere.path(), &owned, &Flags::default()).unwrap();
            with_default(subscriber(&settings.log, None), || {
                assert_eq!(spans::enabled(), has_spans, "{environment:?}");
                assert_eq!(tracing::enabled!(Level::DEBUG), has_debug, "{environment:?}");
                assert!(!tracing::enabled!(target: "tokio_postgres", Level::DEBUG), "{environment:?}");
            });
        }
    }
}
