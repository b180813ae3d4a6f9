//! Checks whether the collector of spans answers.

use super::report::{Check, Name};
use crate::settings::Settings;

/// Checks the collector; skipped if `log.otlp_url` is not set.
pub async fn check(settings: &Settings) -> Check {
    let Some(url) = &settings.log.otlp_url else {
        return Check::skipped(Name::Collector, "log.otlp_url is not set: no spans are sent");
    };
    match crate::otlp::check(url, settings).await {
        Ok(()) => Check::ok(Name::Collector, format!("{} takes spans", url.0)),
        Err(why) => Check::failed(Name::Collector, format!("{}: {why}", url.0), remedy(&why)),
    }
}

fn remedy(why: &str) -> &'static str {
    if why.contains("certificate") {
        return "see that the certificate of the collector is valid, for the host in log.otlp_url, and of a known \
                authority (tls.ca_file)";
    }
    if why.contains("401") || why.contains("403") {
        return "correct the credential in log.otlp_headers";
    }
    if why.contains("404") || why.contains("405") {
        return "see that log.otlp_url is the address of OTLP over HTTP, without the final /v1/traces";
    }
    "see that log.otlp_url is right and the collector runs"
}
