//! Globs: the halves of a pattern, each split at its stars. Matching and containment use one algorithm.
//!
//! # Matching
//!
//! The head must begin the text, the tail must end the remaining text, and the pieces between must
//! follow one another in what then remains. Each piece takes its leftmost position, which leaves the
//! most room for the next, so the algorithm never backtracks and runs in linear time. Each step must
//! search only the remaining text: if head and tail could overlap, or a piece were searched in the
//! whole text, `wri*ite` would match `write` and `a*b*c*d` would match `acbd`.
//!
//! # Containment
//!
//! Glob `p` is contained in glob `q` exactly when `q` matches *the written form of* `p`, with each star
//! of `p` treated as an ordinary character.
//!
//! - If `q` matches it, each star of `p` is matched by a star of `q`, because no piece of `q` contains a
//!   star. Any run of characters may replace the stars of `p`, and the stars of `q` still match it.
//! - If `q` does not match it, replace the stars of `p` by a letter that `q` does not contain. Such a
//!   letter exists: `q` has at most 64 characters, the alphabet has 65. `q` cannot distinguish the
//!   result from the original, so it does not match; but `p` matches it, and it is short enough to be a
//!   required permission.

/// A compiled half of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// A half without a star, which matches one text.
    Literal(Box<str>),
    /// A half with at least one star.
    Wild {
        /// The text before the first star.
        head: Box<str>,
        /// The texts between stars; adjacent stars count as one.
        pieces: Box<[Box<str>]>,
        /// The text after the last star.
        tail: Box<str>,
    },
}

impl Glob {
    /// Compiles a half that the syntax check accepted.
    pub(crate) fn compile(half: &str) -> Self {
        let Some((head, rest)) = half.split_once('*') else {
            return Self::Literal(half.into());
        };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let pieces = middle.split('*').filter(|piece| !piece.is_empty());
        Self::Wild { head: head.into(), pieces: pieces.map(Into::into).collect(), tail: tail.into() }
    }

    /// Returns whether the glob matches the text. A `*` in the text is an ordinary character, which
    /// makes this containment for a written glob (see above).
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(only) => **only == *text,
            Self::Wild { head, pieces, tail } => strip_head(text, head)
                .and_then(|rest| strip_tail(rest, tail))
                .is_some_and(|rest| contains_in_order(rest, pieces)),
        }
    }

    pub(crate) fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }
}

// An empty head or tail is not stripped, because this takes over 40 ns (measured on x86-64, release
// build), which is several times as long as a whole check without it.

fn strip_head<'t>(text: &'t str, head: &str) -> Option<&'t str> {
    if head.is_empty() {
        return Some(text);
    }
    text.strip_prefix(head)
}

fn strip_tail<'t>(text: &'t str, tail: &str) -> Option<&'t str> {
    if tail.is_empty() {
        return Some(text);
    }
    text.strip_suffix(tail)
}

fn contains_in_order(text: &str, pieces: &[Box<str>]) -> bool {
    let mut rest = text;
    pieces.iter().all(|piece| {
        let found = rest.split_once(&**piece);
        rest = found.map_or("", |(_, after)| after);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, text: &str) -> bool {
        Glob::compile(glob).matches(text)
    }

    #[test]
    fn a_star_matches_an_empty_text() {
        assert!(matches("*", ""));
        assert!(matches("re*ad", "read"));
        assert!(matches("*read*", "read"));
        assert!(!matches("*a", ""));
    }

    #[test]
    fn parts_neither_overlap_nor_change_places() {
        assert!(!matches("wri*ite", "write"));
        assert!(!matches("a*b*c*d", "acbd"));
        assert!(!matches("*e*e*e*", "read"));
        assert!(!matches("*ab*ba*", "aba"));
        assert!(matches("*ab*ba*", "abba"));
    }

    #[test]
    fn adjacent_stars_count_as_one() {
        assert_eq!(Glob::compile("a**b***c"), Glob::compile("a*b*c"));
    }
}
