//! Errors of parsing permissions and patterns.

use crate::syntax::MAX_HALF;

/// Why a text is neither a [`Permission`](crate::Permission) nor a [`Pattern`](crate::Pattern).
///
/// If a text has several faults, the first in this order is reported: the number of colons; emptiness,
/// characters and length of the resource; the same of the action. A caller may see the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No colon, and the text is not `*` alone.
    #[error("a permission is written `resource:action`, with a colon")]
    MissingColon,
    /// More than one colon.
    #[error("a permission has one colon only")]
    TooManyColons,
    /// A half is empty.
    #[error("neither half of a permission may be empty")]
    EmptyHalf,
    /// A character other than an ASCII letter, a digit, `_`, `.`, `-` or `*`.
    #[error("{0:?} is not allowed in a permission: use letters, digits, `_`, `.`, `-`")]
    BadCharacter(char),
    /// A half is longer than [`MAX_HALF`].
    #[error("each half of a permission has at most {MAX_HALF} characters")]
    TooLong,
    /// A `*` where a literal is required.
    #[error("`*` is not allowed here: name one resource and one action")]
    Wildcard,
}
