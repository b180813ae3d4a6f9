//! The `Authorization` header (RFC 9110, section 11.6.2; RFC 6750, section 2.1).
//!
//! RFC 9110 compares the scheme without regard to case. This service accepts only `Bearer`, because its
//! documentation promises to refuse every other spelling.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::problem::{Code, Problem};

const SCHEME: &str = "Bearer";

/// Returns the token of `Authorization: Bearer <token>`. Refuses a request with several such headers.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Err(Code::MissingCredentials.into());
    };
    if values.next().is_some() {
        return Err(invalid("There are several Authorization headers. Send one."));
    }
    let Ok(value) = value.to_str() else {
        return Err(invalid("The Authorization header holds characters outside printable ASCII."));
    };
    if value.trim().is_empty() {
        return Err(Code::MissingCredentials.into());
    }
    token_of(value).map_err(invalid)
}

fn invalid(hint: &'static str) -> Problem {
    Problem::new(Code::InvalidAuthorization).with_hint(hint)
}

/// Returns the token, or the fault of the header.
fn token_of(value: &str) -> Result<&str, &'static str> {
    match value.strip_prefix("Bearer ") {
        Some("") => Err("There is no token after `Bearer `."),
        Some(token) if token.contains(char::is_whitespace) => Err(surplus_white_space(token)),
        Some(token) => Ok(token),
        None => Err(wrong_scheme(value)),
    }
}

fn surplus_white_space(token: &str) -> &'static str {
    if token.trim().is_empty() {
        "There is no token after `Bearer `."
    } else if token.trim_start().starts_with(SCHEME) {
        "`Bearer` is given twice. Write it once, then one space and the token."
    } else {
        "There is surplus white space. Write `Bearer`, one space and the token."
    }
}

fn wrong_scheme(value: &str) -> &'static str {
    let value = value.trim();
    let scheme = value.split_whitespace().next().unwrap_or_default();
    if value == SCHEME {
        "There is no token after `Bearer`."
    } else if scheme == SCHEME {
        "`Bearer` and the token are separated by exactly one space."
    } else if scheme.eq_ignore_ascii_case(SCHEME) {
        "The scheme is written `Bearer`, with a capital B and the rest in lower case."
    } else if value.starts_with(SCHEME) {
        "The space between `Bearer` and the token is missing."
    } else if scheme.len() == value.len() {
        "There is only a token. Write `Bearer`, one space and the token."
    } else {
        "Only the scheme `Bearer` is accepted."
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn one_bearer_token_is_read() {
        assert_eq!(bearer_token(&headers(&[b"Bearer a.b.c"])).unwrap(), "a.b.c");
    }

    #[test]
    fn an_absent_or_empty_header_is_missing_credentials() {
        for values in [&[][..], &[b"".as_slice()], &[b"  ".as_slice()]] {
            let problem = bearer_token(&headers(values)).unwrap_err();
            assert_eq!(problem.detail(), "Missing authentication credentials");
        }
    }

    #[test]
    fn any_other_header_is_invalid_and_the_hint_names_the_cause() {
        let table: &[(&[&[u8]], &str)] = &[
            (&[b"bearer a.b.c"], "capital B"),
            (&[b"BEARER a.b.c"], "capital B"),
            (&[b"bearer"], "capital B"),
            (&[b"a.b.c"], "only a token"),
            (&[b"Bearera.b.c"], "missing"),
            (&[b"Basic YTpi"], "Only the scheme"),
            (&[b"Token a.b.c"], "Only the scheme"),
            (&[b"Bearer a.b.c", b"Bearer a.b.c"], "several"),
            (&[b"", b"Bearer a.b.c"], "several"),
            (&[b"Bearer "], "no token"),
            (&[b"Bearer"], "no token"),
            (&[b"Bearer   "], "no token"),
            (&[b"Bearer  a.b.c"], "surplus"),
            (&[b"Bearer a.b.c "], "surplus"),
            (&[b"Bearer a.b c"], "surplus"),
            (&[b"Bearer Bearer a.b.c"], "twice"),
            (&[b"Bearer\ta.b.c"], "exactly one space"),
            (&[b" Bearer a.b.c"], "exactly one space"),
            (&[b"Bearer \xc3\xa4.b.c"], "printable ASCII"),
        ];
        for (values, cause) in table {
            let problem = bearer_token(&headers(values)).unwrap_err();
            assert_eq!(problem.detail(), "Invalid authorization", "{values:?}");
            assert!(problem.hint().contains(cause), "{values:?}: {}", problem.hint());
        }
    }
}
