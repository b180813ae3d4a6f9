//! The page after signing in.

use bailiwick_http::Prefix;
use url::Url;

use crate::frame::Frame;

/// The page after signing in if another one would lead back.
const CONSOLE: &str = "/console";

/// Returns the page after signing in: `path` if it is one of the service, else that of the brand.
pub fn after_sign_in(frame: &Frame, path: Option<&str>) -> String {
    let own = path.and_then(|path| own_path(&frame.prefix, path));
    own.map_or_else(|| frame.at(frame.branding.brand.after_sign_in.as_str()), str::to_owned)
}

/// Returns the page to which the page at `here` leads a person who is signed in. It is that after signing
/// in, unless this is `here` itself and would be opened without end.
pub fn onward_from(frame: &Frame, here: &str, path: Option<&str>) -> String {
    let target = after_sign_in(frame, path);
    let is_here = target.split(['?', '#']).next() == Some(&*frame.at(here));
    if is_here { frame.at(CONSOLE) } else { target }
}

/// Returns the path of a page that leads back to `return_to`, if that is given.
pub fn with(frame: &Frame, path: &str, return_to: Option<&str>) -> String {
    let path = frame.at(path);
    match return_to {
        Some(return_to) => {
            let escaped =
                return_to.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B");
            format!("{path}?return_to={escaped}")
        }
        None => path,
    }
}

/// Returns `path` if it is one of the service, as browsers read it (WHATWG URL): not the start of another
/// host, below the prefix after its dots are resolved, and without characters that browsers drop or replace.
pub fn own_path<'p>(prefix: &Prefix, path: &'p str) -> Option<&'p str> {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let base = Url::parse("http://service.invalid").ok()?;
    let resolved = base.join(path).ok()?;
    let rest = resolved.path().strip_prefix(prefix.as_str())?;
    let is_own = resolved.origin() == base.origin() && rest.starts_with('/') && !rest.starts_with("//");
    (is_plain && is_own && path.starts_with('/')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_service_are_followed() {
        let (root, under) = (Prefix::default(), Prefix::of("https://id.example/identity"));
        for path in ["/", "/console", "/accept-invitation", "/console/acme/why?user=1&x=/y#z"] {
            assert_eq!(own_path(&root, path), Some(path));
            let prefixed = format!("/identity{path}");
            assert_eq!(own_path(&under, &prefixed), Some(&*prefixed));
            assert_eq!(own_path(&under, path), None, "{path}");
        }
        for path in [
            "",
            "console",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            " /console",
            "/\u{e4}",
        ] {
            assert_eq!(own_path(&root, path), None, "{path:?}");
        }
        for path in [
            "/identity",
            "/identity//evil.example",
            "/identityx/y",
            "/identity/../x",
            "/identity/..",
            "/identity/%2e%2E/x",
            "/identity/a/../../x",
        ] {
            assert_eq!(own_path(&under, path), None, "{path:?}");
        }
    }
}
