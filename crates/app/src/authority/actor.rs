//! The authenticated caller.

use bailiwick_kernel::{OrgId, SessionId, UserId};

use crate::ports::AuthorityQuery;

/// The user and session of a valid access token. [`crate::Authority`] checks whether account and
/// session are still active.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
}

impl Actor {
    /// The query of the account and session alone.
    pub fn query(self) -> AuthorityQuery {
        AuthorityQuery { user: self.user, session: Some(self.session), org: None }
    }

    /// The query of the account, the session and the membership in `org`.
    pub fn query_in(self, org: OrgId) -> AuthorityQuery {
        AuthorityQuery { org: Some(org), ..self.query() }
    }
}
