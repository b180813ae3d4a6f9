//! Problem details (RFC 9457), the responses to refused and failed requests: those of
//! `bailiwick-problems`, and the pages that explain their kinds.

pub(crate) mod page;

use std::borrow::Cow;

use bailiwick_app::App;

use crate::prefix::Prefix;

pub use bailiwick_problems::{Code, FieldError, MEDIA_TYPE, Problem, ProblemBody};

/// Returns the kinds that the embedding program defines.
pub(crate) fn own_codes(app: &App) -> Vec<Code> {
    app.parts().settings.refusals.iter().map(Code::from).collect()
}

/// Returns a text about a kind with the prefix before each path in it. A kind of the embedding program names
/// paths of that program, which stay as they are.
pub(crate) fn under<'t>(prefix: &Prefix, code: Code, text: &'t str) -> Cow<'t, str> {
    match code {
        Code::Own(_) => Cow::Borrowed(text),
        _ => prefix.applied(text),
    }
}
