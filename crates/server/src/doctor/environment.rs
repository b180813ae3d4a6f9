//! Checks the settings that concern callers: public URL, throttles and CORS.

use std::net::IpAddr;

use super::report::{Check, Name};
use crate::settings::Settings;

/// Checks the base of links.
pub fn public_url(settings: &Settings) -> Check {
    let name = Name::PublicUrl;
    let bind = settings.server.bind.as_str();
    let remedy = "set PUBLIC_URL to where users reach the service, as in https://id.example.com";
    match &settings.server.public_url {
        Some(url) => Check::ok(name, format!("links lead to {}", url.as_str())),
        None if settings.mail.smtp_url.is_some() => {
            let message = "PUBLIC_URL is not set, and mails are sent: their links lead to the address that the \
                           service listens on";
            Check::warning(name, message, remedy)
        }
        None if !is_loopback(bind) => {
            let message = format!(
                "PUBLIC_URL is not set, and others can reach {bind}: links in mails lead nowhere for them"
            );
            Check::warning(name, message, remedy)
        }
        None => Check::ok(name, format!("PUBLIC_URL is not set, and {bind} is for this machine alone")),
    }
}

fn is_loopback(bind: &str) -> bool {
    let host = bind.rsplit_once(':').map_or(bind, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Checks whether the throttles are on.
pub fn throttle(settings: &Settings) -> Check {
    if settings.throttle.enabled {
        return Check::ok(Name::Throttle, "on");
    }
    let message = "off: passwords can be tried without end";
    Check::warning(Name::Throttle, message, "remove BAILIWICK__THROTTLE__ENABLED=false; it is for tests")
}

/// Checks the origins whose pages may call.
pub fn cors(settings: &Settings) -> Check {
    let origins: Vec<_> = settings.cors.origins.iter().cloned().map(String::from).collect();
    if origins.is_empty() {
        return Check::ok(Name::Cors, "no page of another origin may call from a browser");
    }
    let listed = origins.join(", ");
    match origins.iter().find(|origin| is_open_to_the_wire(origin)) {
        Some(plain) => Check::warning(
            Name::Cors,
            format!("pages of these origins may call: {listed}; {plain} comes over the network unprotected"),
            "name the origin with https in BAILIWICK__CORS__ORIGINS",
        ),
        None => Check::ok(Name::Cors, format!("pages of these origins may call: {listed}")),
    }
}

fn is_open_to_the_wire(origin: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|place| {
        let host = place.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        !is_loopback(&format!("{}:80", host.map_or(place, |(host, _)| host)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_distinguished_from_reachable_addresses() {
        for bind in ["127.0.0.1:0", "127.1.2.3:80", "[::1]:8080", "localhost:8080"] {
            assert!(is_loopback(bind), "{bind}");
        }
        for bind in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "id.example.com:80"] {
            assert!(!is_loopback(bind), "{bind}");
        }
    }

    #[test]
    fn a_page_of_this_machine_is_not_on_the_wire() {
        for origin in ["http://localhost:5173", "http://localhost", "http://[::1]:3000", "https://a.example"]
        {
            assert!(!is_open_to_the_wire(origin), "{origin}");
        }
        for origin in ["http://app.example.com", "http://192.0.2.1:3000"] {
            assert!(is_open_to_the_wire(origin), "{origin}");
        }
    }
}
