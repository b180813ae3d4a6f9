//! The headers in which proxies name the origin of a request: `X-Forwarded-For`, as load balancers
//! write it, and `Forwarded` (RFC 7239).
//!
//! Both are read from the end, because the nearest proxy wrote the end and only that proxy is
//! trusted. The text before it may be forged, and may contain quotes that are never closed.

use std::net::{IpAddr, Ipv6Addr};
use std::str;

/// The header that names the origin of a request. The other header is ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: addresses, with or without a port.
    #[default]
    XForwardedFor,
    /// `Forwarded`.
    Forwarded,
}

impl ForwardedHeader {
    /// The name of the header, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// Returns the elements of a header line, the last one first. Empty elements count as absent
    /// (RFC 9110, section 5.6.1).
    pub(super) fn elements(self, line: &[u8]) -> Elements<'_> {
        Elements { rest: Some(line), quoted: self == Self::Forwarded }
    }

    /// Returns the address in an element; `None` if it has none.
    pub(super) fn address(self, element: &[u8]) -> Option<IpAddr> {
        let text = str::from_utf8(element).ok()?;
        match self {
            Self::XForwardedFor => node(unquoted(text)?),
            Self::Forwarded => node(unquoted(for_parameter(text)?)?),
        }
    }
}

/// See [`ForwardedHeader::elements`].
pub(super) struct Elements<'a> {
    rest: Option<&'a [u8]>,
    /// Whether a comma between quotes separates nothing.
    quoted: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let (rest, last) = split_last(self.rest?, self.quoted);
            self.rest = rest;
            let element = last.trim_ascii();
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

/// Splits at the last comma. Quotes are read from the end as well, because the nearest proxy wrote
/// the last ones.
fn split_last(line: &[u8], quoted: bool) -> (Option<&[u8]>, &[u8]) {
    let mut in_quotes = false;
    for (at, byte) in line.iter().enumerate().rev() {
        let (before, after) = line.split_at(at);
        match byte {
            b'"' if quoted && !is_escaped(before) => in_quotes = !in_quotes,
            b',' if !in_quotes => return (Some(before), after.get(1..).unwrap_or_default()),
            _ => {}
        }
    }
    (None, line)
}

/// Whether the next character is escaped, which an odd number of backslashes does.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Returns the value of `for` in an element of `Forwarded`; `None` if there is none or more than one.
fn for_parameter(element: &str) -> Option<&str> {
    let mut found = None;
    let mut rest = element;
    while !rest.is_empty() {
        let (pair, further) = split_first_pair(rest);
        rest = further;
        if pair.trim().is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value.trim()).is_some() {
            return None;
        }
    }
    found
}

/// Splits at the first semicolon that is not between quotes.
fn split_first_pair(element: &str) -> (&str, &str) {
    let (mut in_quotes, mut escaped) = (false, false);
    for (at, c) in element.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            ';' if !in_quotes => {
                let (pair, rest) = element.split_at(at);
                return (pair, rest.get(1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (element, "")
}

/// Returns a token as it is, and a quoted string without its quotes; `None` for a string with an
/// escape, because an address needs none.
fn unquoted(text: &str) -> Option<&str> {
    let Some(opened) = text.strip_prefix('"') else { return Some(text).filter(|text| !text.contains('"')) };
    opened.strip_suffix('"').filter(|text| !text.contains(['"', '\\']))
}

/// Parses `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:443`. `None` for
/// a text that is not an address, such as `unknown`, `_hidden` or the path of a socket.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Some(opened) = text.strip_prefix('[') {
        let (ip, after) = opened.split_once(']')?;
        let fine = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        return if fine { v6(ip) } else { None };
    }
    match text.split_once(':') {
        None => text.parse().ok().map(IpAddr::V4),
        Some((ip, port)) if !port.contains(':') => {
            if is_port(port) {
                ip.parse().ok().map(IpAddr::V4)
            } else {
                None
            }
        }
        Some(_) => v6(text),
    }
}

/// Parses an IPv6 address. The zone is left out, because it has a meaning for the proxy alone (RFC 4007).
fn v6(text: &str) -> Option<IpAddr> {
    let ip = match text.split_once('%') {
        Some((_, zone)) if zone.is_empty() || !zone.bytes().all(is_token_byte) => return None,
        Some((ip, _)) => ip,
        None => text,
    };
    ip.parse::<Ipv6Addr>().ok().map(|ip| IpAddr::V6(ip).to_canonical())
}

/// Whether the text is a port: digits, or an obfuscated name (RFC 7239, section 6).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(hidden) => !hidden.is_empty() && hidden.bytes().all(is_token_byte),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH: [ForwardedHeader; 2] = [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded];

    /// Returns all addresses of a line, the last one first.
    fn read(header: ForwardedHeader, line: &str) -> Vec<Option<String>> {
        let address = |element| header.address(element).map(|ip| ip.to_string());
        header.elements(line.as_bytes()).map(address).collect()
    }

    fn one(header: ForwardedHeader, line: &str) -> Option<String> {
        match &read(header, line)[..] {
            [only] => only.clone(),
            all => panic!("{line}: {all:?}"),
        }
    }

    #[test]
    fn addresses_are_read_as_load_balancers_write_them() {
        for (text, ip) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4:5678", "1.2.3.4"),
            (" \t1.2.3.4 ", "1.2.3.4"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("::ffff:102:304", "1.2.3.4"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("[fe80::1%2]:80", "fe80::1"),
            ("\"1.2.3.4\"", "1.2.3.4"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
        ] {
            let ip = Some(ip);
            assert_eq!(one(ForwardedHeader::XForwardedFor, text).as_deref(), ip, "{text}");
            assert_eq!(one(ForwardedHeader::Forwarded, &format!("for={text}")).as_deref(), ip, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "unknown",
            "_hidden",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.4:",
            "1.2.3.4:x",
            "1.2.3.4:65536",
            "1.2.3.4:+80",
            "1.2.3.4 5.6.7.8",
            "1.2.3.4/24",
            "[1.2.3.4]",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]443",
            "[2001:db8::1]:",
            "fe80::1%",
            "fe80::1%a b",
            "1.2.3.4%eth0",
            "\"1.2.3.4",
            "1.2.3.4\"",
            "unix:",
            "unix:/run/a.sock",
            "0x7f000001",
            "2130706433",
        ] {
            assert_eq!(one(ForwardedHeader::XForwardedFor, text), None, "{text}");
            assert_eq!(one(ForwardedHeader::Forwarded, &format!("for={text}")), None, "{text}");
        }
        let bytes = b"1.2.3.\xff";
        assert!(BOTH.iter().all(|header| header.address(bytes).is_none()));
    }

    #[test]
    fn elements_come_from_the_end_and_empty_ones_do_not_count() {
        let told = read(ForwardedHeader::XForwardedFor, ", 1.2.3.4,, x ,5.6.7.8:9 , ");
        assert_eq!(told, [Some("5.6.7.8".to_owned()), None, Some("1.2.3.4".to_owned())]);
        assert!(BOTH.iter().all(|header| read(*header, " , ,").is_empty()));
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (text, ip) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", Some("192.0.2.60")),
            ("For=\"[2001:db8:cafe::17]:4711\"", Some("2001:db8:cafe::17")),
            ("FOR = \"192.0.2.43:47011\" ; Proto=https", Some("192.0.2.43")),
            ("by=_proxy;for=\"192.0.2.43:_port\";;", Some("192.0.2.43")),
            ("for=192.0.2.43;ext=\"a;for=6.6.6.6, b\"", Some("192.0.2.43")),
            ("for=192.0.2.43;ext=\"\\\";for=6.6.6.6\"", Some("192.0.2.43")),
            ("for=\"_gazonk\"", None),
            ("for=unknown", None),
            ("for=\"unknown:80\"", None),
            ("proto=https;by=192.0.2.1", None),
            ("192.0.2.43", None),
            ("for=1.2.3.4;for=5.6.7.8", None),
            ("for=\"1.2.3\\.4\"", None),
            ("for=", None),
        ] {
            assert_eq!(one(ForwardedHeader::Forwarded, text).as_deref(), ip, "{text}");
        }
        let several = read(ForwardedHeader::Forwarded, "for=192.0.2.43, for=\"[2001:db8::1]\";x=\"a, b\"");
        assert_eq!(several, [Some("2001:db8::1".to_owned()), Some("192.0.2.43".to_owned())]);
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_hides_nothing_that_a_proxy_adds() {
        for sent in ["for=\"6.6.6.6", "for=\"6.6.6.6\\", "\"", "for=\"a\\\""] {
            let told = read(ForwardedHeader::Forwarded, &format!("{sent}, for=1.2.3.4"));
            assert_eq!(told.first(), Some(&Some("1.2.3.4".to_owned())), "{sent}");
            assert!(told.iter().skip(1).all(Option::is_none), "{sent}: {told:?}");
        }
    }

    proptest! {
        /// The address that the proxy appends is read, whatever the client sends.
        #[test]
        fn what_the_nearest_proxy_adds_is_found(sent in proptest::collection::vec(any::<u8>(), 0..60), port in any::<u16>()) {
            for (header, added) in [
                (ForwardedHeader::XForwardedFor, format!(", 192.0.2.7:{port}")),
                (ForwardedHeader::Forwarded, format!(", by=_us;for=\"192.0.2.7:{port}\";proto=https")),
            ] {
                let line = [&sent[..], added.as_bytes()].concat();
                let last = header.elements(&line).next().and_then(|element| header.address(element));
                prop_assert_eq!(last, Some("192.0.2.7".parse().unwrap()));
            }
        }

        #[test]
        fn every_address_is_read_in_every_form(bits in any::<u128>(), v4 in any::<u32>(), port in any::<u16>()) {
            let (six, four) = (Ipv6Addr::from_bits(bits), std::net::Ipv4Addr::from_bits(v4));
            let expected = IpAddr::V6(six).to_canonical();
            for text in [format!("{six}"), format!("[{six}]"), format!("[{six}]:{port}"), format!("\"[{six}]:{port}\"")] {
                prop_assert_eq!(ForwardedHeader::XForwardedFor.address(text.as_bytes()), Some(expected));
                let element = format!("for={text}");
                prop_assert_eq!(ForwardedHeader::Forwarded.address(element.as_bytes()), Some(expected));
            }
            for text in [format!("{four}"), format!("{four}:{port}"), format!("::ffff:{four}")] {
                prop_assert_eq!(ForwardedHeader::XForwardedFor.address(text.as_bytes()), Some(IpAddr::V4(four)));
            }
        }
    }
}
