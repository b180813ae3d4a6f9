//! The origin of a request.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderValue, USER_AGENT};
use actix_web::web::Data;
use bailiwick_app::ClientInfo;

use super::forwarded::ForwardedHeader;
use crate::settings::{HttpSettings, Network};

/// Returns the program and the address that a request comes from.
pub(crate) fn client_of(request: &HttpRequest) -> ClientInfo {
    let device = request.headers().get(USER_AGENT).and_then(|text| text.to_str().ok());
    ClientInfo { device: device.map(Into::into), ip: address_of(request) }
}

/// Returns the client's address: that of the peer or, behind trusted proxies, the last one in the
/// forwarding header that is not a trusted proxy (CVE-2025-66508).
fn address_of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let Some(settings) = request.app_data::<Data<HttpSettings>>() else { return Some(peer.to_canonical()) };
    let header = settings.forwarded_header;
    let lines: Vec<&[u8]> = request.headers().get_all(header.name()).map(HeaderValue::as_bytes).collect();
    Some(sender(peer, header, &lines, &settings.trusted_proxies))
}

/// Walks back from the peer while the address is that of a trusted proxy. An element without an
/// address ends the walk at the proxy that wrote it, because the elements before it may be forged.
fn sender(peer: IpAddr, header: ForwardedHeader, lines: &[&[u8]], trusted: &[Network]) -> IpAddr {
    let mut sender = peer.to_canonical();
    for element in lines.iter().rev().flat_map(|line| header.elements(line)) {
        if !trusted.iter().any(|network| network.contains(sender)) {
            break;
        }
        let Some(ip) = header.address(element) else {
            break;
        };
        sender = ip;
    }
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Vec<Network> {
        ["10.0.0.0/8", "fd00::1"].iter().map(|text| text.parse().unwrap()).collect()
    }

    fn found(peer: &str, header: ForwardedHeader, lines: &[&str]) -> String {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        sender(peer.parse().unwrap(), header, &lines, &proxies()).to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        for (peer, lines, client) in [
            ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6,1.2.3.4:80 ,10.9.9.9:4321"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4", "10.9.9.9"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4", "", "10.9.9.9,"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, unknown, 10.9.9.9"], "10.9.9.9"),
            ("10.0.0.1", &["6.6.6.6", "_hidden"], "10.0.0.1"),
            ("10.0.0.1", &["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            ("fd00::1", &["::ffff:1.2.3.4"], "1.2.3.4"),
            ("fd00::1", &["2001:db8::7, [::ffff:10.0.0.9]:443"], "2001:db8::7"),
            ("fd00::2", &["1.2.3.4"], "fd00::2"),
            ("::ffff:10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("::ffff:203.0.113.9", &["1.2.3.4"], "203.0.113.9"),
        ] {
            assert_eq!(found(peer, ForwardedHeader::XForwardedFor, lines), client, "{peer} {lines:?}");
        }
        for (lines, client) in [
            (&["for=6.6.6.6, for=\"[2001:db8::7]:443\";proto=https, for=10.9.9.9"][..], "2001:db8::7"),
            (&["for=6.6.6.6", "For=1.2.3.4;by=_x", "FOR=\"10.9.9.9:1\""], "1.2.3.4"),
            (&["for=6.6.6.6, for=_hidden, for=10.9.9.9"], "10.9.9.9"),
            (&["for=6.6.6.6, proto=https"], "10.0.0.1"),
            (&["1.2.3.4"], "10.0.0.1"),
        ] {
            assert_eq!(found("10.0.0.1", ForwardedHeader::Forwarded, lines), client, "{lines:?}");
        }
    }

    #[test]
    fn a_line_that_is_no_text_hides_nobody() {
        let lines: [&[u8]; 2] = [b"6.6.6.6", b"\xff, 10.9.9.9"];
        let told = sender("10.0.0.1".parse().unwrap(), ForwardedHeader::XForwardedFor, &lines, &proxies());
        assert_eq!(told.to_string(), "10.9.9.9");
    }
}
