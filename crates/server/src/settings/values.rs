//! Values that cannot be wrong: each is checked when the settings are read.

use std::fmt;
use std::path::{Path, PathBuf};

use bailiwick::infra::Letterhead;
use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::EnvFilter;

/// The fewest bytes of a secret that signs tokens (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// A text that nobody may see; muted in `Debug`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JwtSecret(String);

impl JwtSecret {
    /// The secret, for the signer.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for JwtSecret {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bytes = text.len();
        if bytes < MIN_SECRET {
            return Err(format!(
                "the secret is weak: it has {bytes} bytes, and at least {MIN_SECRET} are needed; make one \
                 with `openssl rand -base64 48`"
            ));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(***)")
    }
}

/// `host:port` to listen on.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(String);

impl ListenAddress {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let example = "write host:port, as in 127.0.0.1:8080 or [::]:8080";
        let (host, port) = text.rsplit_once(':').ok_or_else(|| format!("it has no port; {example}"))?;
        if port.parse::<u16>().is_err() {
            return Err(format!("its port is no number from 0 to 65535; {example}"));
        }
        let bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || bare_v6 {
            return Err(format!("its host cannot be told; {example}"));
        }
        Ok(Self(text))
    }
}

/// Who issues tokens, or for whom.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Party(String);

impl From<Party> for String {
    fn from(party: Party) -> Self {
        party.0
    }
}

impl TryFrom<String> for Party {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let fine = text.chars().all(|c| c.is_ascii_graphic());
        if fine { Ok(Self(text)) } else { Err("it stands in tokens; write ASCII without spaces") }
    }
}

/// The sender of mails.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Sender(String);

impl From<Sender> for String {
    fn from(sender: Sender) -> Self {
        sender.0
    }
}

impl TryFrom<String> for Sender {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Letterhead::new(Some(&text), "http://localhost") {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!("{error}; write Name <name@example.com>")),
        }
    }
}

/// Where the service keeps what is its own.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl TryFrom<String> for DataDir {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.trim().is_empty() { Err("it is empty; name a directory") } else { Ok(Self(text.into())) }
    }
}

/// How tokens are signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// A secret that signs and verifies.
    Hs256,
    /// A key pair.
    EdDsa,
}

impl TryFrom<String> for Algorithm {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "HS256" => Ok(Self::Hs256),
            "EdDSA" => Ok(Self::EdDsa),
            _ => Err("it is HS256 or EdDSA"),
        }
    }
}

/// By which header proxies tell where a request comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ForwardedHeader(pub bailiwick::http::ForwardedHeader);

impl TryFrom<String> for ForwardedHeader {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        use bailiwick::http::ForwardedHeader as Known;
        let known = [Known::XForwardedFor, Known::Forwarded];
        let found = known.into_iter().find(|header| header.name().eq_ignore_ascii_case(&text));
        found.map(Self).ok_or_else(|| {
            let names = known.map(ForwardedHeader::quoted).join(" or ");
            format!("no proxy tells a client's address by `{text}`; write {names}")
        })
    }
}

impl ForwardedHeader {
    fn quoted(header: bailiwick::http::ForwardedHeader) -> String {
        format!("`{}`", header.name())
    }
}

/// How logs look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Failures.
    Error,
    /// And what somebody should look at.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
    /// And everything else.
    Trace,
}

/// A filter in the syntax of `tracing-subscriber`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogFilter(String);

impl LogFilter {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match EnvFilter::try_new(&text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!("{error}; write a level, or target=level separated by commas")),
        }
    }
}

/// An empty text is none.
pub fn optional<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<String, Error: fmt::Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    T::try_from(text).map(Some).map_err(de::Error::custom)
}

/// A whole number from `MIN` to `MAX`.
pub fn within<'de, const MIN: i64, const MAX: i64, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    let number = i64::deserialize(deserializer)?;
    let fitting = (MIN..=MAX).contains(&number).then(|| T::try_from(number).ok()).flatten();
    fitting.ok_or_else(|| de::Error::custom(format!("{number} is not possible; write {MIN} to {MAX}")))
}
