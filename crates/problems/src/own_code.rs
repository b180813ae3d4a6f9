//! Kinds of problems that an embedding program defines.

use bailiwick_app::{OwnRefusal, RefusalKind};

use crate::{Code, Problem};

/// A kind of problem that an embedding program defines by an [`OwnRefusal`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OwnCode {
    pub(crate) text: &'static str,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
}

impl From<&OwnRefusal> for Code {
    fn from(refusal: &OwnRefusal) -> Self {
        let status = match refusal.kind() {
            RefusalKind::Forbidden => 403,
            RefusalKind::NotFound => 404,
            RefusalKind::Conflict => 409,
            RefusalKind::Invalid => 422,
        };
        let (text, title, hint) = (refusal.code(), refusal.title(), refusal.hint());
        Self::Own(OwnCode { text, status, title, hint })
    }
}

impl From<OwnRefusal> for Problem {
    fn from(refusal: OwnRefusal) -> Self {
        Self::new(Code::from(&refusal)).with_detail(refusal.detail().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_embedding_program_is_a_problem_of_its_own_kind() {
        const SEATS_TAKEN: OwnRefusal =
            OwnRefusal::conflict("seats_taken", "All seats are taken", "Remove a member first.");
        let problem = Problem::from(SEATS_TAKEN.with_detail("All 5 seats are taken"));
        let body: serde_json::Value = serde_json::from_slice(&problem.to_json()).unwrap();
        let expected = serde_json::json!({
            "type": "/problems/seats_taken", "title": "All seats are taken", "status": 409,
            "detail": "All 5 seats are taken", "code": "seats_taken", "hint": "Remove a member first.",
        });
        assert_eq!(body, expected);
        let statuses = [
            (RefusalKind::Forbidden, 403),
            (RefusalKind::NotFound, 404),
            (RefusalKind::Conflict, 409),
            (RefusalKind::Invalid, 422),
        ];
        for (kind, status) in statuses {
            assert_eq!(Problem::from(OwnRefusal::new(kind, "a", "A", "B.")).status(), status);
        }
    }
}
