//! Problem details (RFC 9457), the responses to refused and failed requests: those of
//! `bailiwick-problems`, and the pages that explain their kinds.

pub(crate) mod page;

pub use bailiwick_problems::{Code, FieldError, MEDIA_TYPE, Problem, ProblemBody};
