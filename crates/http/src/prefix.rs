//! The path under which users reach the service.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;
use bailiwick_problems::under_prefix;
use url::Url;

/// The path of the public URL without a slash at its end; empty if there is none. A proxy strips it, so
/// routes do not contain it. Paths in responses do.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// Returns the prefix of a public URL. Empty segments are left out, because two slashes at its
    /// beginning would name a host.
    pub fn of(public_url: &str) -> Self {
        let url = Url::parse(public_url).ok();
        let segments = url.as_ref().and_then(Url::path_segments);
        let segments = segments.into_iter().flatten().filter(|segment| !segment.is_empty());
        Self(segments.flat_map(|segment| ["/", segment]).collect::<String>().into())
    }

    /// Returns the prefix of the service that received this request.
    pub fn of_request(request: &HttpRequest) -> Self {
        request.app_data::<Data<Self>>().map(|prefix| (***prefix).clone()).unwrap_or_default()
    }

    /// Returns the text: empty, or like `/identity`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a text for people with the prefix before each path in it.
    pub fn applied<'t>(&self, text: &'t str) -> Cow<'t, str> {
        under_prefix(&self.0, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_path_of_the_public_url() {
        for (url, prefix) in [
            ("https://app.example", ""),
            ("https://app.example/", ""),
            ("https://app.example/identity", "/identity"),
            ("https://app.example/identity/", "/identity"),
            ("https://app.example:8443/a/b//", "/a/b"),
            ("https://app.example//evil.example/x", "/evil.example/x"),
            ("https://app.example/a b/\u{e4}", "/a%20b/%C3%A4"),
            ("https://app.example/a/../b", "/b"),
            ("no URL", ""),
        ] {
            assert_eq!(Prefix::of(url).as_str(), prefix, "{url}");
        }
    }
}
