//! Converts the settings to the builder and to the settings of the HTTP server.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use bailiwick::http::{HttpSettings, SocketSettings};
use bailiwick::infra::{HasherOptions, JwtKeys, TokenParties};
use bailiwick::kernel::PlainToken;
use bailiwick::{Bailiwick, Builder};

use crate::settings::{Jwt, Settings};

/// Returns a builder with all settings except those of the database and Redis.
pub fn builder(settings: &Settings, keys: JwtKeys, public_url: &str) -> Builder {
    let builder = Bailiwick::builder()
        .jwt(keys)
        .token_parties(token_parties(&settings.jwt))
        .public_url(public_url)
        .private_roots(settings.tls.private_roots())
        .hasher_options(hasher_options(settings))
        .brand(settings.brand.clone().into())
        .settings(settings.for_use_cases());
    let builder = match &settings.mail.smtp_url {
        Some(url) => builder.mail_by_smtp(url.0.reveal()),
        None => builder.mail_to_files(settings.outbox_dir()),
    };
    let builder = match &settings.mail.templates {
        Some(folder) => builder.mail_templates(folder.as_path()),
        None => builder,
    };
    match &settings.mail.from {
        Some(from) => builder.mail_from(String::from(from.clone())),
        None => builder,
    }
}

/// Adds rate limits and events that nodes share by Redis, if REDIS_URL is set.
pub fn with_redis(builder: Builder, settings: &Settings) -> Builder {
    match &settings.redis.url {
        Some(url) if settings.throttle.enabled => {
            builder.throttle_by_redis(url.0.reveal()).events_by_redis(url.0.reveal())
        }
        Some(url) => builder.events_by_redis(url.0.reveal()),
        None => builder,
    }
}

/// Returns issuer and audience of tokens.
pub fn token_parties(jwt: &Jwt) -> TokenParties {
    TokenParties {
        issuer: jwt.issuer.clone().map(String::from),
        audience: jwt.audience.clone().map(String::from),
    }
}

fn hasher_options(settings: &Settings) -> HasherOptions {
    let default = HasherOptions::default();
    let threads = NonZeroUsize::new(settings.hasher.threads).map_or(default.threads, NonZeroUsize::get);
    HasherOptions { threads, queue: settings.hasher.queue, ..default }
}

/// Returns the settings of the HTTP server.
pub fn http(settings: &Settings, public_url: String) -> HttpSettings {
    let default = HttpSettings::default();
    let server = &settings.server;
    HttpSettings {
        public_url,
        cors_origins: settings.cors.origins.iter().cloned().map(String::from).collect(),
        cors_headers: settings.cors.headers.iter().cloned().map(String::from).collect(),
        trusted_proxies: settings.throttle.trusted_proxies.iter().map(|network| network.0).collect(),
        forwarded_header: settings.throttle.forwarded_header.0,
        request_timeout: Duration::from_secs(server.request_seconds),
        drain_delay: Duration::from_secs(server.drain_delay_seconds),
        shutdown_timeout: Duration::from_secs(server.shutdown_seconds),
        access_log: settings.log.access,
        workers: NonZeroUsize::new(server.workers).unwrap_or(default.workers),
        sockets: SocketSettings {
            subprotocols: settings.sockets.subprotocols.iter().cloned().map(String::from).collect(),
            ..default.sockets
        },
        ..default
    }
}

/// Returns the base of links: PUBLIC_URL, else the address that the service listens on.
pub fn public_url(settings: &Settings, listening: SocketAddr) -> String {
    settings.server.public_url.as_ref().map_or_else(|| url_of(listening), |url| url.as_str().to_owned())
}

/// Returns the URL of the service on this machine. An unspecified address is replaced by loopback,
/// because clients cannot connect to it.
pub fn url_of(listening: SocketAddr) -> String {
    let mut address = listening;
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}

/// Returns the link to a page of the service with a token. The token is in the fragment, which browsers
/// do not send, so that no log holds it.
pub fn link(public_url: &str, page: &str, token: &PlainToken) -> String {
    format!("{}/{page}#token={}", public_url.trim_end_matches('/'), token.reveal())
}

/// Returns the base of links for commands beside the service: PUBLIC_URL, else the address in BIND.
pub fn local_url(settings: &Settings) -> String {
    let listens = || format!("http://{}", settings.server.bind.as_str());
    settings.server.public_url.as_ref().map_or_else(listens, |url| url.as_str().to_owned())
}

/// Returns whether [`local_url`] leads to the service. It does not if BIND has port 0, because the
/// service then listens on any free port.
pub fn has_local_url(settings: &Settings) -> bool {
    settings.server.public_url.is_some() || !settings.server.bind.as_str().ends_with(":0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_becomes_loopback() {
        for (listening, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:8080", "http://[::1]:8080"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
        ] {
            assert_eq!(url_of(listening.parse().unwrap()), url);
        }
    }
}
