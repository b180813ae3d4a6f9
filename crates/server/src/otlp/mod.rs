//! Export of spans to a collector of OpenTelemetry, by OTLP over HTTP.
//!
//! [`layer`] turns the spans of bailiwick into those of OpenTelemetry when they end. The SDK collects
//! them in a queue of 2,048 and sends batches from a thread of its own, by [`client`]. A request never
//! waits for a collector: spans for which the queue has no place are dropped.

mod check;
mod client;
mod layer;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanProcessor};

pub use self::check::check;
use self::client::{Client, Collector};
use self::layer::SpanLayer;
use crate::failure::Failure;
use crate::logging::BoxedLayer;
use crate::settings::{OtlpUrl, Settings};

/// Limit of sending one batch.
const SEND_LIMIT: Duration = Duration::from_secs(5);
/// Time that the process needs to end after the last batch.
const END_MARGIN: Duration = Duration::from_millis(150);
/// The path of traces (OTLP, section "OTLP/HTTP Request").
const PATH: &str = "v1/traces";

/// The export of spans, if the settings name a collector.
pub struct Export(Option<Arc<BatchSpanProcessor>>);

impl Export {
    /// Starts the export, without a connection to the collector.
    pub fn start(settings: &Settings) -> Result<Self, Failure> {
        match &settings.log.otlp_url {
            Some(url) => Ok(Self(Some(Arc::new(processor(url, settings)?)))),
            None => Ok(Self(None)),
        }
    }

    /// Returns the layer that hands over the spans.
    pub fn layer(&self) -> Option<BoxedLayer> {
        self.0.clone().map(|processor| SpanLayer::new(processor).filtered())
    }

    /// Sends the spans that wait, within `limit` and the limit of one batch. Blocks the thread.
    pub fn end(&self, limit: Duration) {
        let Some(processor) = &self.0 else { return };
        let limit = limit.saturating_sub(END_MARGIN).min(SEND_LIMIT);
        if processor.shutdown_with_timeout(limit).is_err() {
            tracing::warn!("the last spans were not sent to the collector (log.otlp_url)");
        }
    }
}

fn processor(url: &OtlpUrl, settings: &Settings) -> Result<BatchSpanProcessor, Failure> {
    let unusable = |why: String| Failure::Export(why);
    let client = collector(url, settings).and_then(Client::new).map_err(unusable)?;
    let headers = settings.log.otlp_headers.iter();
    let headers = headers.map(|header| (header.name.clone(), header.reveal().to_owned())).collect();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint(url))
        .with_timeout(SEND_LIMIT)
        .with_headers(headers)
        .build();
    let exporter = exporter.map_err(|error| unusable(error.to_string()))?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    processor.set_resource(&Resource::builder().with_service_name("bailiwick").build());
    Ok(processor)
}

fn collector(url: &OtlpUrl, settings: &Settings) -> Result<Collector, String> {
    Collector::new(url.0.reveal(), &settings.tls.private_roots(), SEND_LIMIT)
}

fn endpoint(url: &OtlpUrl) -> String {
    format!("{}/{PATH}", url.0.reveal().trim_end_matches('/'))
}
