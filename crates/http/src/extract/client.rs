//! Where a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, USER_AGENT};
use actix_web::web::Data;
use bailiwick_app::ClientInfo;

use crate::settings::{HttpSettings, Network};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The program and the address that a request comes from.
pub(crate) fn client_of(request: &HttpRequest) -> ClientInfo {
    let device = request.headers().get(USER_AGENT).and_then(|text| text.to_str().ok());
    ClientInfo { device: device.map(Into::into), ip: address_of(request) }
}

/// The client's address: that of the peer, or, behind trusted proxies, the last
/// one in `X-Forwarded-For` that is none of theirs (CVE-2025-66508).
fn address_of(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let settings = request.app_data::<Data<HttpSettings>>();
    let trusted = settings.map_or(&[][..], |settings| &settings.trusted_proxies);
    let headers = request.headers().get_all(&FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = headers.flat_map(|value| value.split(',')).map(str::trim).collect();
    Some(sender(peer, &chain, trusted))
}

/// Walks back from the peer as long as the one who tells is trusted. Whatever is
/// no address ends the walk: nothing before it can be believed.
fn sender(peer: IpAddr, chain: &[&str], trusted: &[Network]) -> IpAddr {
    let mut told = peer;
    for text in chain.iter().rev() {
        if !trusted.iter().any(|network| network.contains(told)) {
            break;
        }
        let Ok(ip) = text.parse::<IpAddr>() else {
            break;
        };
        told = ip.to_canonical();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let proxies: Vec<Network> =
            ["10.0.0.0/8", "fd00::1"].iter().map(|text| text.parse().unwrap()).collect();
        for (peer, chain, client) in [
            ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4", "10.9.9.9"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "unknown", "10.9.9.9"], "10.9.9.9"),
            ("fd00::1", &["::ffff:1.2.3.4"], "1.2.3.4"),
            ("fd00::2", &["1.2.3.4"], "fd00::2"),
        ] {
            let found = sender(peer.parse().unwrap(), chain, &proxies);
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {chain:?}");
        }
    }
}
