//! The caller.

use bailiwick_kernel::{OrgId, SessionId, UserId};

use crate::ports::AuthorityQuery;

/// Somebody whose access token is genuine and in time. That the account and
/// the session still stand is not known yet: [`crate::Authority`] knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
}

impl Actor {
    /// The question about the account and session alone.
    pub fn query(self) -> AuthorityQuery {
        AuthorityQuery { user: self.user, session: Some(self.session), org: None }
    }

    /// The question about the actor in an organization.
    pub fn query_in(self, org: OrgId) -> AuthorityQuery {
        AuthorityQuery { org: Some(org), ..self.query() }
    }
}
