//! Reads the token from standard input.

use std::io::{self, Read};

/// Limit of standard input, in bytes, above the length of any token. The rest is not read.
const LONGEST_INPUT: u64 = 64 * 1024;
const SCHEME: &str = "Bearer ";

/// A token, and the text around it that was dropped. It has no `Debug`, because a token is secret.
pub struct Input {
    /// The token alone.
    pub token: String,
    /// Descriptions of the dropped text.
    pub dropped: Vec<&'static str>,
}

impl Input {
    /// Reads `source` to its end or the limit.
    pub fn read(source: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        source.take(LONGEST_INPUT).read_to_end(&mut bytes)?;
        Ok(Self::of(&String::from_utf8_lossy(&bytes)))
    }

    fn of(text: &str) -> Self {
        let mut dropped = Vec::new();
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix(SCHEME).map(str::trim_start);
        let token = bare.unwrap_or(trimmed);
        if trimmed.len() < text.len() {
            dropped.push("white space around the token");
        }
        if bare.is_some() {
            dropped.push("the scheme `Bearer ` in front of it");
        }
        Self { token: token.to_owned(), dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_around_the_token_is_dropped_once() {
        for (text, token, dropped) in [
            ("a.b.c", "a.b.c", 0),
            ("  a.b.c\r\n", "a.b.c", 1),
            ("Bearer a.b.c", "a.b.c", 1),
            ("Bearer Bearer a.b.c\n", "Bearer a.b.c", 2),
            ("bearer a.b.c", "bearer a.b.c", 0),
            ("", "", 0),
        ] {
            let input = Input::of(text);
            assert_eq!((input.token.as_str(), input.dropped.len()), (token, dropped), "{text:?}");
        }
    }
}
