//! The organization that a request names.

use actix_web::HttpRequest;
use bailiwick_kernel::OrgId;
use url::form_urlencoded;

use crate::problem::{Code, Problem};

/// The name of the organization in path, query and body.
pub const ORG_ID: &str = "org_id";

/// The organization that one or more places of a request name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scope(Option<OrgId>);

impl Scope {
    /// Returns the organization that path and query name. Fails if a value is malformed or two
    /// differ.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let query = form_urlencoded::parse(request.query_string().as_bytes());
        let in_query = query.filter(|(name, _)| name == ORG_ID).map(|(_, value)| value);
        let in_path = request.match_info().get(ORG_ID).map(Into::into);
        Self::of_all(in_path.into_iter().chain(in_query))
    }

    /// Returns the organization that all texts name. Fails if a text is malformed or two differ.
    pub fn of_all<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, Problem> {
        let (mut found, mut differ) = (None, false);
        // All texts are parsed first, because a malformed one is reported before a difference.
        for text in texts {
            let text = text.as_ref();
            let org =
                OrgId::parse(text).ok_or_else(|| if text.is_empty() { empty() } else { not_a_uuid() })?;
            differ |= *found.get_or_insert(org) != org;
        }
        if differ { Err(Code::OrgIdConflict.into()) } else { Ok(Self(found)) }
    }

    /// Joins two scopes. Fails if they differ.
    pub fn joined(self, other: Self) -> Result<Self, Problem> {
        match (self.0, other.0) {
            (Some(one), Some(another)) if one != another => Err(Code::OrgIdConflict.into()),
            (one, another) => Ok(Self(one.or(another))),
        }
    }

    /// The organization; `None` if none is named.
    pub fn org(self) -> Option<OrgId> {
        self.0
    }
}

impl From<OrgId> for Scope {
    fn from(org: OrgId) -> Self {
        Self(Some(org))
    }
}

/// The problem of a request that names no organization.
pub fn missing() -> Problem {
    Problem::new(Code::InvalidOrgId)
        .with_hint("org_id is missing: name the organization by its UUID; GET /organizations lists yours.")
}

fn empty() -> Problem {
    Problem::new(Code::InvalidOrgId)
        .with_hint("org_id is there, but empty: name the organization by its UUID.")
}

/// The problem of an `org_id` that is not a UUID.
pub fn not_a_uuid() -> Problem {
    Problem::new(Code::InvalidOrgId)
        .with_hint("org_id is not a UUID. GET /organizations lists the organizations you belong to.")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const A: &str = "0198c5a0-7d3e-7000-8000-00000000000a";
    const B: &str = "0198c5a0-7d3e-7000-8000-00000000000b";

    fn required(request: &HttpRequest) -> Result<OrgId, Problem> {
        Scope::of(request)?.org().ok_or_else(missing)
    }

    fn scope(path: Option<&str>, query: &str) -> Result<OrgId, Code> {
        let mut request = TestRequest::with_uri(&format!("/x?{query}"));
        if let Some(text) = path {
            request = request.param("org_id", text.to_owned());
        }
        required(&request.to_http_request()).map_err(|problem| problem.code())
    }

    #[test]
    fn one_is_enough_and_all_must_be_equal() {
        let (a, upper) = (OrgId::parse(A).unwrap(), A.to_uppercase());
        for (path, query) in [
            (Some(A), String::new()),
            (None, format!("org_id={A}")),
            (Some(A), format!("x=1&org_id={A}&org_id={upper}")),
            (None, format!("org_id={}", A.replace('-', "%2d"))),
        ] {
            assert_eq!(scope(path, &query), Ok(a), "{path:?} {query}");
        }
    }

    #[test]
    fn the_hint_tells_missing_empty_and_malformed_apart() {
        for (query, words) in [("", "is missing"), ("org_id=", "empty"), ("org_id=acme", "not a UUID")] {
            let request = TestRequest::with_uri(&format!("/x?{query}")).to_http_request();
            let problem = required(&request).unwrap_err();
            assert!(problem.hint().contains(words), "{query}: {}", problem.hint());
        }
    }

    #[test]
    fn different_ones_conflict() {
        for (path, query) in [(Some(A), format!("org_id={B}")), (None, format!("org_id={A}&org_id={B}"))] {
            assert_eq!(scope(path, &query), Err(Code::OrgIdConflict), "{path:?} {query}");
        }
    }

    #[test]
    fn missing_and_malformed_ones_are_invalid() {
        for (path, query) in [
            (None, String::new()),
            (None, "org_id=".to_owned()),
            (None, "org_id=acme".to_owned()),
            (None, format!("org_id={}", A.replace('-', ""))),
            (Some("acme"), format!("org_id={A}")),
            (Some(A), "org_id=acme".to_owned()),
            (None, format!("org_id={A}&org_id={B}&org_id=acme")),
            (None, format!("ORG_ID={A}")),
        ] {
            assert_eq!(scope(path, &query), Err(Code::InvalidOrgId), "{path:?} {query}");
        }
    }
}
