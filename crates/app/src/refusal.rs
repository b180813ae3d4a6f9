//! Refusals that an embedding program defines.

use std::borrow::Cow;

/// The reason of a refusal, which determines the status of its response.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RefusalKind {
    /// The caller may not do this.
    Forbidden,
    /// The object of the request does not exist.
    NotFound,
    /// The state of the data does not allow it, for example because a limit is reached.
    Conflict,
    /// The request is well-formed, and a value in it is not acceptable.
    Invalid,
}

/// A refusal of an embedding program, for its own use cases and for the [`Veto`](crate::changes::Veto)
/// of a change. Declare it as a constant:
///
/// ```
/// use bailiwick_app::OwnRefusal;
///
/// const SEATS_TAKEN: OwnRefusal = OwnRefusal::conflict(
///     "seats_taken",
///     "All seats are taken",
///     "Remove a member, or buy more seats.",
/// );
/// assert_eq!(SEATS_TAKEN.with_detail("All 5 seats are taken").detail(), "All 5 seats are taken");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct OwnRefusal {
    kind: RefusalKind,
    code: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    hint: &'static str,
}

impl OwnRefusal {
    /// Creates a refusal. `code` is its stable name for programs, in snake case (at most 50 bytes);
    /// `title` says what happened, and is the detail of responses unless [`Self::with_detail`] replaces
    /// it; `hint` says what the client can do. In a constant, a malformed code does not compile.
    ///
    /// # Panics
    ///
    /// If the code is malformed, or title or hint is empty.
    pub const fn new(kind: RefusalKind, code: &'static str, title: &'static str, hint: &'static str) -> Self {
        assert!(is_snake_case(code), "the code of a refusal is in snake case: a-z, 0-9 and _");
        assert!(!title.is_empty() && !hint.is_empty(), "a refusal has a title and a hint");
        Self { kind, code, title, detail: Cow::Borrowed(title), hint }
    }

    /// Creates a refusal of what the caller may not do.
    pub const fn forbidden(code: &'static str, title: &'static str, hint: &'static str) -> Self {
        Self::new(RefusalKind::Forbidden, code, title, hint)
    }

    /// Creates a refusal because an object does not exist.
    pub const fn not_found(code: &'static str, title: &'static str, hint: &'static str) -> Self {
        Self::new(RefusalKind::NotFound, code, title, hint)
    }

    /// Creates a refusal because the state of the data does not allow the change.
    pub const fn conflict(code: &'static str, title: &'static str, hint: &'static str) -> Self {
        Self::new(RefusalKind::Conflict, code, title, hint)
    }

    /// Creates a refusal of a value that is not acceptable.
    pub const fn invalid(code: &'static str, title: &'static str, hint: &'static str) -> Self {
        Self::new(RefusalKind::Invalid, code, title, hint)
    }

    /// Returns the refusal with the detail of this occurrence.
    #[must_use]
    pub fn with_detail(&self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self.clone() }
    }

    /// Returns the reason.
    pub const fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Returns the stable name, for programs.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Returns what happened in general, for people.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns what happened in this occurrence, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns what the client can do.
    pub const fn hint(&self) -> &'static str {
        self.hint
    }
}

const MAX_CODE_LENGTH: usize = 50;

const fn is_snake_case(text: &str) -> bool {
    let mut rest = text.as_bytes();
    if rest.is_empty() || rest.len() > MAX_CODE_LENGTH || !matches!(rest, [b'a'..=b'z', ..]) {
        return false;
    }
    while let [letter, after @ ..] = rest {
        if !matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_in_snake_case() {
        for code in ["a", "seats_taken", "http_2"] {
            assert!(is_snake_case(code), "{code}");
        }
        for code in ["", "_a", "2nd", "Seats", "seats-taken", "seats taken", &"a".repeat(51)] {
            assert!(!is_snake_case(code), "{code}");
        }
    }
}
