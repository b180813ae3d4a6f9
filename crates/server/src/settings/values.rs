//! Types of settings, each of which is checked when the settings are read.

use std::fmt;
use std::path::{Path, PathBuf};

use bailiwick::infra::MailSender;
use serde::{Deserialize, Deserializer, de};

/// The least length in bytes of a secret that signs tokens (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// A secret that signs tokens. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JwtSecret(String);

impl JwtSecret {
    /// Returns the secret, for the signer.
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

/// An address to listen on, `host:port`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(String);

impl ListenAddress {
    /// Returns the address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let example = "write host:port, as in 127.0.0.1:8080 or [::]:8080";
        if text.contains("://") {
            return Err(format!("it is a URL, and what is needed is an address alone; {example}"));
        }
        if text.contains('/') || text.starts_with('@') || text.starts_with("unix:") {
            return Err(format!("it names a socket file, and the service listens on TCP alone; {example}"));
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| format!("it has no port; {example}"))?;
        if port.parse::<u16>().is_err() {
            return Err(format!("its port is no number from 0 to 65535; {example}"));
        }
        let bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || bare_v6 {
            return Err(format!("its host cannot be determined; {example}"));
        }
        if host.contains(|c: char| c.is_whitespace() || c == '*') {
            return Err(format!("its host is no name and no address; {example}"));
        }
        Ok(Self(text))
    }
}

/// Issuer or audience of tokens.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct StringOrUri(String);

impl From<StringOrUri> for String {
    fn from(text: StringOrUri) -> Self {
        text.0
    }
}

impl TryFrom<String> for StringOrUri {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let fine = text.chars().all(|c| c.is_ascii_graphic());
        if fine { Ok(Self(text)) } else { Err("it stands in tokens; write ASCII without spaces") }
    }
}

/// The sender of mails, `address` or `Name <address>`.
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
        match MailSender::new(Some(&text), "http://localhost") {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!("{error}; write Name <name@example.com>")),
        }
    }
}

/// The path of the data directory.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Returns the path.
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

/// The algorithm that signs tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and verifies.
    Hs256,
    /// Ed25519: a private key signs, a public key verifies.
    EdDsa,
}

impl TryFrom<String> for Algorithm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text, &[("HS256", Self::Hs256), ("EdDSA", Self::EdDsa)])
    }
}

/// Returns the value of a word, in upper or lower case; else an error that lists the words.
pub fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())) {
        Some((_, value)) => Ok(*value),
        None => Err(format!("there is no such choice; write {}", alternatives(words))),
    }
}

/// Returns the words as a list: `a, b or c`.
fn alternatives<T>(words: &[(&str, T)]) -> String {
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The header in which proxies send the address of the client.
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
            format!("the header `{text}` is not supported for a client's address; write {names}")
        })
    }
}

impl ForwardedHeader {
    fn quoted(header: bailiwick::http::ForwardedHeader) -> String {
        format!("`{}`", header.name())
    }
}

/// Reads an optional value; an empty text is `None`.
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

/// Reads a whole number from `MIN` to `MAX`.
pub fn within<'de, const MIN: i64, const MAX: i64, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    let number = deserializer.deserialize_any(Whole::<MIN, MAX>)?;
    let fitting = (MIN..=MAX).contains(&number).then(|| T::try_from(number).ok()).flatten();
    fitting.ok_or_else(|| de::Error::custom(format!("{number} is not possible; write {MIN} to {MAX}")))
}

/// The visitor of a whole number. Its errors show the range and not the text, which may be secret.
struct Whole<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> de::Visitor<'_> for Whole<MIN, MAX> {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number; write {MIN} to {MAX}")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<i64, E> {
        Err(E::custom(format!("it is not a whole number; write {MIN} to {MAX}")))
    }
}
