//! Names that are sent in headers.

use std::collections::HashSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The name of a request header that pages may send.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct RequestHeader(String);

impl From<RequestHeader> for String {
    fn from(header: RequestHeader) -> Self {
        header.0
    }
}

impl TryFrom<String> for RequestHeader {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Err("`*` is not offered; name each header, as in X-Client-Version".to_owned());
        }
        if is_token(&text) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(format!("{text:?} is no name of a header; write the name alone, as in X-Client-Version"))
    }
}

/// The name of a subprotocol of WebSocket (RFC 6455, section 1.9).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Subprotocol(String);

impl From<Subprotocol> for String {
    fn from(protocol: Subprotocol) -> Self {
        protocol.0
    }
}

impl TryFrom<String> for Subprotocol {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_token(&text) {
            return Ok(Self(text));
        }
        Err(format!(
            "{text:?} is no name of a subprotocol; write letters, digits and signs such as `.` and `-`, without \
             spaces, as in graphql-transport-ws"
        ))
    }
}

/// Reads names, and refuses a repeated one because it has no effect.
pub(super) fn distinct<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Subprotocol>, D::Error> {
    let protocols = Vec::<Subprotocol>::deserialize(input)?;
    let mut seen = HashSet::new();
    match protocols.iter().find(|protocol| !seen.insert(protocol.0.as_str())) {
        Some(Subprotocol(twice)) => Err(D::Error::custom(format!("{twice:?} appears twice; name it once"))),
        None => Ok(protocols),
    }
}

/// Returns whether the text is a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens() {
        for text in ["X-Client-Version", "traceparent", "a.b_c~d!"] {
            assert_eq!(String::from(RequestHeader::try_from(text.to_owned()).unwrap()), text.to_lowercase());
            assert_eq!(String::from(Subprotocol::try_from(text.to_owned()).unwrap()), text);
        }
        for text in ["", "a b", "a:b", "a,b", "X-Caf\u{e9}", "a\r\nb", "a/b", "\"a\"", "(a)"] {
            RequestHeader::try_from(text.to_owned()).unwrap_err();
            Subprotocol::try_from(text.to_owned()).unwrap_err();
        }
        assert!(RequestHeader::try_from("*".to_owned()).unwrap_err().contains("not offered"));
    }
}
