//! Checks whether the collector takes spans.

use opentelemetry_http::{Bytes, Request};

use super::client::refusal;
use super::{collector, endpoint};
use crate::settings::{OtlpUrl, Settings};

/// Sends an export without spans, which is an empty message of protobuf. Returns why the collector does
/// not take it.
pub async fn check(url: &OtlpUrl, settings: &Settings) -> Result<(), String> {
    let mut request = Request::post(endpoint(url))
        .header("content-type", "application/x-protobuf")
        .header("content-length", "0");
    for header in &settings.log.otlp_headers {
        request = request.header(&header.name, header.reveal());
    }
    let request = request.body(Bytes::new()).map_err(|error| error.to_string())?;
    match refusal(&collector(url, settings)?.send(request).await) {
        Some(why) => Err(why),
        None => Ok(()),
    }
}
