//! URLs of other services and of this one, and the origins that may call it.

use std::fmt;
use std::path::PathBuf;

use bailiwick::infra::{MailSender, SmtpMailer};
use bailiwick::store::{OpenError, check_parameters};
use serde::Deserialize;
use url::Url;

/// A URL that may hold a password. `Debug` and `Display` show only scheme, host, port and path.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl(Url);

impl ServiceUrl {
    /// Returns the whole URL, for the adapter.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn parse(text: &str, schemes: &[&str]) -> Result<Self, String> {
        let expected =
            schemes.iter().map(|scheme| format!("{scheme}://host")).collect::<Vec<_>>().join(" or ");
        let url = Url::parse(text).map_err(|error| format!("it is no URL ({error}); write {expected}"))?;
        if !schemes.contains(&url.scheme()) {
            return Err(format!("its scheme is not known here; write {expected}"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(format!("it names no host; write {expected}"));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceUrl({self})")
    }
}

/// The URL of a mail server.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct SmtpUrl(pub ServiceUrl);

impl TryFrom<String> for SmtpUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = ServiceUrl::parse(&text, &["smtp", "smtp+starttls", "smtps"])?;
        match SmtpMailer::new(&text, None, "http://localhost") {
            Ok(_) => Ok(Self(url)),
            Err(error) => Err(format!("it cannot be used: {error}; percent-encode special characters")),
        }
    }
}

/// The URL of a Redis server.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct RedisUrl(pub ServiceUrl);

impl TryFrom<String> for RedisUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        ServiceUrl::parse(&text, &["redis", "rediss"]).map(Self)
    }
}

/// The URL of the database.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// A file of the embedded database.
    Sqlite(PathBuf),
    /// One or more PostgreSQL servers.
    Postgres(PostgresUrl),
}

impl DatabaseUrl {
    /// Returns the whole URL, for the store.
    pub fn reveal(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.0.clone(),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            check_parameters(&text).map_err(|error| match error {
                OpenError::BadUrl(why) => why,
                other => other.to_string(),
            })?;
            return Ok(Self::Postgres(PostgresUrl(text)));
        }
        let path =
            text.strip_prefix("sqlite:").ok_or("write postgres://user:password@host/name or sqlite:PATH")?;
        match path.strip_prefix("//").unwrap_or(path) {
            "" => Err("it names no file; write sqlite:PATH".to_owned()),
            ":memory:" => Err("a database in memory would be gone at the end; name a file".to_owned()),
            path => Ok(Self::Sqlite(path.into())),
        }
    }
}

/// The URL of PostgreSQL, unaltered because the driver defines its grammar (several hosts, sockets).
/// `Debug` and `Display` show only hosts and name.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, place) = self.0.rsplit_once('@').unwrap_or(("", self.0.as_str()));
        let place = place.split_once("://").map_or(place, |(_, rest)| rest);
        let place = place.split_once('?').map_or(place, |(front, _)| front);
        // After an `@` among the parameters, the text may be part of a password.
        let place = if before.contains('?') { "..." } else { place };
        write!(f, "postgres://{place}")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// The URL at which users reach the service, including a path that a proxy strips, without a final
/// slash.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Returns the URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let example = "write https://id.example.com or, where a proxy strips a prefix, \
                       https://app.example.com/identity";
        let url = Url::parse(&text).map_err(|error| format!("it is no URL ({error}); {example}"))?;
        if let Some(why) = normalized(&text).or_else(|| no_base(&url)) {
            return Err(format!("{why}; {example}"));
        }
        match MailSender::new(None, url.as_str()) {
            Ok(_) => Ok(Self(url.as_str().trim_end_matches('/').to_owned())),
            Err(error) => Err(format!("no link can be built upon it: {error}; {example}")),
        }
    }
}

/// Returns what the URL parser would normalize in the text, so that links would lead elsewhere than
/// written; else `None`.
fn normalized(text: &str) -> Option<&'static str> {
    let is_dots = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    match text {
        _ if text.contains('\\') => Some("it holds a backslash"),
        _ if text.contains(":///") => Some("it names no host"),
        _ if text.split('/').any(is_dots) => Some("its path has a part of dots alone"),
        _ => None,
    }
}

/// Returns why paths cannot be appended to this URL; else `None`.
fn no_base(url: &Url) -> Option<&'static str> {
    let has_empty_segment = url.path().trim_end_matches('/').contains("//");
    match url {
        url if !matches!(url.scheme(), "http" | "https") => Some("its scheme is neither http nor https"),
        url if !url.username().is_empty() || url.password().is_some() => Some("it holds a login"),
        url if url.query().is_some() => Some("it has a query"),
        url if url.fragment().is_some() => Some("it has a fragment"),
        _ if has_empty_segment => Some("its path has two slashes in a row"),
        _ => None,
    }
}

/// A web origin: scheme, host and port (RFC 6454).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct WebOrigin(String);

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        origin.0
    }
}

impl TryFrom<String> for WebOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let origin = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let serialized = origin.map(|url| url.origin().ascii_serialization());
        match serialized {
            Some(origin) if !text.contains('*') && origin == text.trim_end_matches('/').to_lowercase() => {
                Ok(Self(origin))
            }
            _ => Err(format!(
                "{text:?} is no origin; write scheme, host and port alone, as in https://app.example.com \
                 (`*` is not offered)"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for text in [
            "postgres://ada:hunter2@db.example.com:5432/main?sslmode=verify-full",
            "postgres://ada:hunt/er2@db.example.com/main",
            "postgresql://db.example.com/main?password=hunter2",
            "postgresql://db.example.com/main?password=x@hunter2",
            "postgres://ada:hun?ter2@db.example.com/main",
        ] {
            let shown = format!("{:?}", DatabaseUrl::Postgres(PostgresUrl(text.to_owned())));
            assert!(!shown.contains("hun") && !shown.contains("er2"), "{shown}");
        }
        let smtp = SmtpUrl::try_from("smtps://ada:hunter2@mail.example.com:465".to_owned()).unwrap();
        assert_eq!(smtp.0.to_string(), "smtps://mail.example.com:465");
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }

    #[test]
    fn a_database_is_a_file_or_a_server() {
        let file = |text: &str| DatabaseUrl::try_from(text.to_owned());
        assert_eq!(file("sqlite:a/b.db").unwrap(), DatabaseUrl::Sqlite("a/b.db".into()));
        assert_eq!(file("sqlite:///a/b.db").unwrap(), DatabaseUrl::Sqlite("/a/b.db".into()));
        assert_eq!(file("postgres://db/main").unwrap().to_string(), "postgres://db/main");
        for text in ["mysql://db/main", "sqlite:", "sqlite::memory:", "a/b.db"] {
            file(text).unwrap_err();
        }
    }

    #[test]
    fn a_public_url_is_a_base_for_links() {
        let parse = |text: &str| PublicUrl::try_from(text.to_owned());
        assert_eq!(parse("https://id.example.com/").unwrap().as_str(), "https://id.example.com");
        assert_eq!(parse("https://example.com/id/").unwrap().as_str(), "https://example.com/id");
        assert_eq!(parse(" https://App.example/Id//").unwrap().as_str(), "https://app.example/Id");
        for (text, why) in [
            ("id.example.com", "no URL"),
            ("", "no URL"),
            ("https://", "no URL"),
            ("/identity", "no URL"),
            ("ftp://example.com", "scheme"),
            ("id.example.com:8443/identity", "scheme"),
            ("https://a:b@example.com", "a login"),
            ("https://a@example.com/identity", "a login"),
            ("https://e.com/?a=b", "a query"),
            ("https://e.com/identity?", "a query"),
            ("https://e.com/identity#top", "a fragment"),
            ("https://e.com/identity#", "a fragment"),
            ("https://e.com\\identity", "a backslash"),
            ("https:///identity", "no host"),
            ("https://e.com/a/../identity", "dots"),
            ("https://e.com/%2E%2e/identity", "dots"),
            ("https://e.com//identity", "two slashes"),
            ("https://e.com/a//b/", "two slashes"),
        ] {
            let refusal = parse(text).unwrap_err();
            assert!(refusal.contains(why) && refusal.contains("/identity"), "{text}: {refusal}");
        }
    }

    #[test]
    fn an_origin_is_exact() {
        let parse = |text: &str| WebOrigin::try_from(text.to_owned()).map(String::from);
        assert_eq!(parse("https://App.example.com").unwrap(), "https://app.example.com");
        assert_eq!(parse("http://localhost:5173").unwrap(), "http://localhost:5173");
        for text in ["*", "null", "app.example.com", "https://app.example.com/path", "https://*.example.com"]
        {
            parse(text).unwrap_err();
        }
    }
}
