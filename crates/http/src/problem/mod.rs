//! Problem details (RFC 9457), the responses to refused and failed requests: those of
//! `bailiwick-problems`, and the pages that explain their kinds.

pub(crate) mod page;

use bailiwick_app::App;

pub use bailiwick_problems::{Code, FieldError, MEDIA_TYPE, Problem, ProblemBody};

/// Returns the kinds that the embedding program defines.
pub(crate) fn own_codes(app: &App) -> Vec<Code> {
    app.parts().settings.refusals.iter().map(Code::from).collect()
}
