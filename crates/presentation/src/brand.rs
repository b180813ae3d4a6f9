//! The product that people see.

use std::fmt;

use bailiwick_kernel::is_unprintable;
use serde::Deserialize;
use url::Url;

use crate::{Color, Logo};

/// Longest name of a product, in characters.
const LONGEST_NAME: usize = 100;
/// Longest URL in bytes, because a mail shows it in one line.
const LONGEST_URL: usize = 500;

/// Pages of the service that a person who is signed in has no use for.
const BEFORE_SIGN_IN: [&str; 12] = [
    "/accept-invitation",
    "/confirm-email",
    "/confirm-password",
    "/forgot-password",
    "/resend-verification",
    "/reset-password",
    "/setup",
    "/setup/administrator",
    "/sign-in",
    "/sign-out",
    "/sign-up",
    "/verify-email",
];

/// The product that people see, on pages and in mails.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Brand {
    /// Its name, at the top of each page and in its title.
    pub name: ProductName,
    /// The image in place of the name at the top of each page.
    pub logo: Option<Logo>,
    /// The color that the colors of links and buttons are derived from.
    pub accent: Option<Color>,
    /// The page or address for help, linked from pages and mails.
    pub support_url: Option<SupportUrl>,
    /// The privacy notice, linked from pages and mails.
    pub privacy_url: Option<WebUrl>,
    /// The terms of use, linked from pages.
    pub terms_url: Option<WebUrl>,
    /// The page after signing in, unless another page asked for the sign-in.
    pub after_sign_in: OwnPath,
}

/// The reason that a part of a brand is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BrandError {
    /// The name is empty, too long, or has control or invisible characters.
    #[error("a name has 1 to 100 characters and no control or invisible characters")]
    Name,
    /// The color is malformed.
    #[error("a color is written #rrggbb, as in #1f56b4")]
    Color,
    /// The URL of a page is malformed.
    #[error("write http:// or https:// and an address, without a login, of at most 500 characters")]
    WebUrl,
    /// The URL for help is malformed.
    #[error(
        "write http:// or https:// and an address, without a login, or mailto: and a mail address, of at most \
         500 characters"
    )]
    SupportUrl,
    /// The path leads elsewhere.
    #[error("write a path of this service without its prefix, as in /console")]
    OwnPath,
    /// The path is that of a page before the sign-in.
    #[error(
        "name a page for people who are signed in, as in /console; this one is opened before, or asks for the \
         password"
    )]
    BeforeSignIn,
}

/// The name of a product, of 1 to 100 characters.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct ProductName(String);

impl ProductName {
    /// Checks a name, without the white space around it.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        let name = text.trim();
        let is_valid = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
        let is_valid = is_valid && !name.contains(is_unprintable);
        if is_valid { Ok(Self(name.to_owned())) } else { Err(BrandError::Name) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ProductName {
    fn default() -> Self {
        Self("bailiwick".to_owned())
    }
}

/// The URL of a page, http or https.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebUrl(String);

impl WebUrl {
    /// Checks a URL.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        let url = Url::parse(text).ok().filter(is_of_web);
        url.and_then(short).map(Self).ok_or(BrandError::WebUrl)
    }

    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The URL at which people get help: http, https or mailto.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SupportUrl(String);

impl SupportUrl {
    /// Checks a URL.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        let is_of_mail = |url: &Url| {
            let (name, host) = url.path().rsplit_once('@').unwrap_or_default();
            url.scheme() == "mailto" && !name.is_empty() && !host.is_empty()
        };
        let url = Url::parse(text).ok().filter(|url| is_of_web(url) || is_of_mail(url));
        url.and_then(short).map(Self).ok_or(BrandError::SupportUrl)
    }

    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_web(url: &Url) -> bool {
    let has_login = !url.username().is_empty() || url.password().is_some();
    matches!(url.scheme(), "http" | "https") && url.has_host() && !has_login
}

fn short(url: Url) -> Option<String> {
    let text = String::from(url);
    let is_valid = text.len() <= LONGEST_URL && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_valid.then_some(text)
}

/// A path of the service, without its prefix, for people who are signed in. Under a prefix it names no path
/// outside of the prefix.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct OwnPath(String);

impl OwnPath {
    /// Checks a path, which may have query and fragment. Browsers read it as it is written: it is not the
    /// start of another host, has no dots to resolve, and no characters that they drop or replace.
    /// [`BrandError::BeforeSignIn`] for a page of the service that is for people who are not signed in: from
    /// it they would be led to it again.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        let resolved = Url::parse("http://service.invalid").and_then(|base| base.join(text));
        let resolved = resolved.map_err(|_| BrandError::OwnPath)?;
        let same = resolved.as_str().strip_prefix("http://service.invalid") == Some(text);
        let is_own = text.starts_with('/') && !text.starts_with("//");
        if !(same && is_own) {
            return Err(BrandError::OwnPath);
        }
        let page = text.split(['?', '#']).next().unwrap_or_default();
        if BEFORE_SIGN_IN.contains(&page) { Err(BrandError::BeforeSignIn) } else { Ok(Self(text.to_owned())) }
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for OwnPath {
    fn default() -> Self {
        Self("/console".to_owned())
    }
}

macro_rules! from_text {
    ($($kind:ident),+) => {$(
        impl TryFrom<String> for $kind {
            type Error = BrandError;

            fn try_from(text: String) -> Result<Self, BrandError> {
                Self::parse(text.trim())
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

from_text!(ProductName, WebUrl, SupportUrl, OwnPath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_printable() {
        assert_eq!(ProductName::parse(" Söhne & Co. ").unwrap().as_str(), "Söhne & Co.");
        ProductName::parse(&"ä".repeat(100)).unwrap();
        for name in ["", "  ", "a\nb", "a\u{202e}b", &"ä".repeat(101)] {
            assert_eq!(ProductName::parse(name), Err(BrandError::Name), "{name:?}");
        }
    }

    #[test]
    fn help_is_on_the_web_or_by_mail() {
        assert_eq!(SupportUrl::parse("https://Acme.example").unwrap().as_str(), "https://acme.example/");
        let mail = "mailto:help@acme.example?subject=Help";
        assert_eq!(SupportUrl::parse(mail).unwrap().as_str(), mail);
        assert_eq!(WebUrl::parse("http://acme.example/a b").unwrap().as_str(), "http://acme.example/a%20b");
        let long = format!("https://acme.example/{}", "x".repeat(500));
        for text in [
            "",
            "acme.example",
            "javascript:alert(1)",
            "ftp://acme.example",
            "https://",
            "https://ada@acme.example",
            "mailto:",
            "mailto:@acme.example",
            &long,
        ] {
            assert_eq!(SupportUrl::parse(text), Err(BrandError::SupportUrl), "{text}");
            assert_eq!(WebUrl::parse(text), Err(BrandError::WebUrl), "{text}");
        }
        assert_eq!(WebUrl::parse(mail), Err(BrandError::WebUrl));
    }

    #[test]
    fn a_path_does_not_lead_back_to_the_sign_in() {
        for path in ["/sign-in", "/sign-in?return_to=/x", "/sign-in#x", "/sign-up", "/sign-out", "/setup"] {
            assert_eq!(OwnPath::parse(path), Err(BrandError::BeforeSignIn), "{path}");
        }
    }

    #[test]
    fn a_path_stays_in_the_service() {
        for path in ["/", "/console", "/app/start?tour=1#top", "/sign-in-here", "/console?x=/sign-in"] {
            assert_eq!(OwnPath::parse(path).unwrap().as_str(), path);
        }
        for path in [
            "",
            "console",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "http://service.invalid/x",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "/..",
            "/a/../b",
            "/%2e%2e/b",
            "/./b",
            "/ä",
            "/a b",
        ] {
            assert_eq!(OwnPath::parse(path), Err(BrandError::OwnPath), "{path:?}");
        }
    }
}
