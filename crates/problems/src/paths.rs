//! Paths in texts for people, under the prefix of the service.

use std::borrow::Cow;

/// Returns the text with the prefix of a service, such as `/identity`, before each path in it.
pub fn under_prefix<'t>(prefix: &str, text: &'t str) -> Cow<'t, str> {
    if prefix.is_empty() || !text.contains('/') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().saturating_add(32));
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        if letter == '/' && opens_path(before) && (after.is_ascii_lowercase() || after == '.') {
            out.push_str(prefix);
        }
        out.push(letter);
        before = letter;
    }
    Cow::Owned(out)
}

/// Returns whether a path may follow this character; `and/or` contains none.
fn opens_path(before: char) -> bool {
    before.is_whitespace() || matches!(before, '`' | '"' | '\'' | '(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_before_each_path_and_nowhere_else() {
        for (text, applied) in [
            ("See /docs.", "See /identity/docs."),
            (
                "/auth/login and `/auth/me` (/problems/x)",
                "/identity/auth/login and `/identity/auth/me` (/identity/problems/x)",
            ),
            ("GET /.well-known/jwks.json", "GET /identity/.well-known/jwks.json"),
            ("and/or, 1 / 2, https://a.example/b", "and/or, 1 / 2, https://a.example/b"),
            ("", ""),
        ] {
            assert_eq!(under_prefix("/identity", text), applied);
            assert_eq!(under_prefix("", text), text);
        }
    }
}
