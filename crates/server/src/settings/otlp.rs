//! The collector that receives spans.

use std::fmt;

use serde::Deserialize;

use super::tokens::is_token;
use super::urls::ServiceUrl;

/// The URL of a collector, to which the path of traces is appended. `Debug` hides a login in it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct OtlpUrl(pub ServiceUrl);

impl TryFrom<String> for OtlpUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = ServiceUrl::parse(&text, &["http", "https"])?;
        if text.contains(['?', '#', '@']) {
            return Err(
                "it has a login, a query or a fragment; write http://host:4318, and a credential in \
                        log.otlp_headers"
                    .to_owned(),
            );
        }
        if cfg!(not(feature = "otlp")) {
            return Err("this program was built without the export of spans; build it with \
                        `--features otlp`, or remove the setting"
                .to_owned());
        }
        Ok(Self(url))
    }
}

/// A header of requests to the collector. `Debug` and errors hide its value.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OtlpHeader {
    /// The name.
    pub name: String,
    value: String,
}

impl OtlpHeader {
    /// Returns the value, for the request.
    #[cfg(any(test, feature = "otlp"))]
    pub fn reveal(&self) -> &str {
        &self.value
    }
}

impl TryFrom<String> for OtlpHeader {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let malformed = "a header is malformed; write name=value, as in Authorization=Basic YTpi";
        let (name, value) = text.split_once('=').ok_or(malformed)?;
        let (name, value) = (name.trim(), value.trim());
        let is_plain = |b: u8| (b' '..=b'~').contains(&b);
        if is_token(name) && !value.is_empty() && value.bytes().all(is_plain) {
            return Ok(Self { name: name.to_owned(), value: value.to_owned() });
        }
        Err(malformed)
    }
}

impl fmt::Debug for OtlpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtlpHeader({}=***)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_header_is_never_shown() {
        let header = |text: &str| OtlpHeader::try_from(text.to_owned());
        let shown = format!("{:?}", header("authorization=Bearer hunter2").unwrap());
        assert_eq!(shown, "OtlpHeader(authorization=***)");
        assert_eq!(header("a = b=c ").unwrap().reveal(), "b=c");
        for text in ["hunter2", "=hunter2", "a b=hunter2", "a=\u{1}hunter2", "a="] {
            assert!(!header(text).unwrap_err().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_url_leads_to_a_collector() {
        for text in ["localhost:4318", "grpc://a:4317", "http://", "http://a?x=hunter2", "http://a:hunter2@b"]
        {
            assert!(!OtlpUrl::try_from(text.to_owned()).unwrap_err().contains("hunter2"), "{text}");
        }
        let collector = OtlpUrl::try_from("http://localhost:4318".to_owned());
        assert_eq!(collector.is_ok(), cfg!(feature = "otlp"), "{collector:?}");
    }
}
