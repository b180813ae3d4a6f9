//! `Host` (RFC 9112, section 3.2).

use std::net::Ipv6Addr;

use actix_web::dev::ServiceRequest;
use actix_web::http::Version;
use actix_web::http::header::HOST;

use crate::problem::{Code, Problem};

/// Returns the refusal of a request for its `Host`, if any. HTTP/1.1 requires the header. Requests
/// without a peer were made in this process, mostly by tests, and need none.
pub(super) fn refusal(request: &ServiceRequest) -> Option<Problem> {
    let mut hosts = request.headers().get_all(HOST);
    let why = match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host.as_bytes()) => return None,
        (Some(_), None) => {
            "The Host header names no host. Send the host of the URL, and its port if it has one."
        }
        (Some(_), Some(_)) => "There are several Host headers. Send one.",
        (None, _) if request.version() != Version::HTTP_11 || request.peer_addr().is_none() => return None,
        (None, _) => "There is no Host header. Send the host of the URL.",
    };
    Some(Problem::new(Code::BadRequest).with_hint(why))
}

/// Returns whether the value is `uri-host [ ":" port ]` with a host that is not empty (RFC 9110,
/// sections 4.2.1 and 7.2).
fn is_host(value: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(value) else { return false };
    let (host, rest) = match text.find(']') {
        Some(end) if text.starts_with('[') => text.split_at(end.saturating_add(1)),
        _ => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    is_name(host) && is_port(rest)
}

fn is_port(rest: &str) -> bool {
    let Some(digits) = rest.strip_prefix(':') else { return rest.is_empty() };
    digits.bytes().all(|b| b.is_ascii_digit()) && (digits.is_empty() || digits.parse::<u16>().is_ok())
}

/// Returns whether the text is an address in brackets or a registered name (RFC 3986, section 3.2.2).
fn is_name(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return literal.parse::<Ipv6Addr>().is_ok() || is_future_address(literal);
    }
    let mut bytes = host.bytes();
    while let Some(byte) = bytes.next() {
        let is_fine = match byte {
            b'%' => bytes.by_ref().take(2).filter(u8::is_ascii_hexdigit).count() == 2,
            other => is_name_byte(other),
        };
        if !is_fine {
            return false;
        }
    }
    !host.is_empty()
}

/// Returns whether the literal is an `IPvFuture`, such as `v1.x`. No such address exists yet.
fn is_future_address(literal: &str) -> bool {
    let parts = literal.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(version, address)| {
        let is_hex = !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex && !address.is_empty() && address.bytes().all(|b| b == b':' || is_name_byte(b))
    })
}

/// Returns whether the byte is one of `unreserved / sub-delims`.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for host in [
            "a",
            "id.example.com",
            "ID.example.com:8443",
            "127.0.0.1:80",
            "[::1]",
            "[2001:db8::1]:443",
            "under_score.example",
            "example.com.",
            "xn--bcher-kva.example",
            "a%20b",
            "example.com:",
            "[v1.x:y]",
            "localhost:65535",
            "a:0080",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            " ",
            ":80",
            "a b",
            "a/b",
            "a\\b",
            "a?b",
            "a#b",
            "user@a",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:-1",
            "a:+80",
            "::1",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1]:x",
            "[localhost]",
            "[]",
            "a,b:1 ",
            "<a>",
            "a%2",
            "a%zz",
            "http://a",
            "a\u{e4}",
            "[fe80::1%25eth0]",
            "\"a\"",
            "a\tb",
            "[v.x]",
            "[v1.]",
            "a%",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
        assert!(!is_host(b"a\xff"));
    }
}
