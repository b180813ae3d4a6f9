//! The cookie of a session of the pages (RFC 6265bis).

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use bailiwick_http::Protection;
use bailiwick_http::problem::Problem;
use bailiwick_kernel::{ClaimedToken, PlainToken};

use crate::answer::Answer;

/// Time that a browser stores the cookie, in seconds: the longest that browsers allow. The service decides
/// how long it is valid.
const MAX_AGE: u32 = 400 * 24 * 60 * 60;

/// Returns the name: browsers store `__Host-` cookies only by TLS and for this host alone. `None` if the
/// connection is not encrypted and not local.
fn name(protection: Protection) -> Option<&'static str> {
    match protection {
        Protection::Tls => Some("__Host-bailiwick"),
        Protection::Loopback => Some("bailiwick"),
        Protection::Plain => None,
    }
}

/// Returns the cookie that the browser sent.
pub fn of(request: &HttpRequest, protection: Protection) -> Option<ClaimedToken> {
    let value = value(request.headers(), name(protection)?)?;
    Some(ClaimedToken::new(value.to_owned()))
}

/// Returns the value of the first cookie with this name.
fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Lets the browser store the cookie with this response.
pub fn store(answer: Answer, protection: Protection, secret: &PlainToken) -> Answer {
    set(answer, protection, secret.reveal(), MAX_AGE)
}

/// Lets the browser forget the cookie with this response.
pub fn forget(answer: Answer, protection: Protection) -> Answer {
    set(answer, protection, "", 0)
}

fn set(answer: Answer, protection: Protection, value: &str, max_age: u32) -> Answer {
    let mut response = answer?;
    let Some(name) = name(protection) else { return Ok(response) };
    let secure = if protection == Protection::Tls { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    let line = HeaderValue::try_from(line).map_err(Problem::internal_because)?;
    response.headers_mut().append(SET_COOKIE, line);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;

    use super::*;

    #[test]
    fn its_name_and_flags_depend_on_the_connection() {
        for (protection, expected) in [
            (Protection::Tls, Some("__Host-bailiwick=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure")),
            (Protection::Loopback, Some("bailiwick=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")),
            (Protection::Plain, None),
        ] {
            let response = forget(Ok(HttpResponse::Ok().finish()), protection).unwrap();
            let cookie = response.headers().get(SET_COOKIE).map(|value| value.to_str().unwrap());
            assert_eq!(cookie, expected, "{protection:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        for (line, found) in [
            ("bailiwick=a", Some("a")),
            ("x=1; bailiwick=a; y=2", Some("a")),
            ("x=1;bailiwick=a=b", Some("a=b")),
            ("bailiwick=a; bailiwick=b", Some("a")),
            ("xbailiwick=a", None),
            ("__Host-bailiwick=a", None),
            ("bailiwick", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_static(line));
            assert_eq!(value(&headers, "bailiwick"), found, "{line}");
        }
    }
}
