//! The query parameters of a handshake. An access token is read from a URL only here, because browsers
//! cannot send headers with a handshake.

use bailiwick_kernel::{ClaimedToken, OrgId};
use url::form_urlencoded;

use super::close_reason::CloseReason;
use crate::extract::{ORG_ID, Scope};

/// A credential as it was sent.
pub(super) enum Credential {
    Token(String),
    Ticket(ClaimedToken),
}

/// Credential and organization. The first parameter of a name counts, and an empty one counts as absent;
/// a token takes precedence over a ticket.
pub(super) struct ConnectParams {
    pub credential: Option<Credential>,
    orgs: Vec<String>,
}

impl ConnectParams {
    pub fn of(query: &str) -> Self {
        let (mut token, mut ticket, mut orgs) = (None, None, Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match &*name {
                "token" => drop(token.get_or_insert(value)),
                "ticket" => drop(ticket.get_or_insert(value)),
                ORG_ID => orgs.push(value.into_owned()),
                _ => {}
            }
        }
        let token = token.map(|token| Credential::Token(token.into_owned()));
        let ticket = ticket.map(|ticket| Credential::Ticket(ClaimedToken::new(ticket.into_owned())));
        Self { credential: token.or(ticket), orgs }
    }

    /// Returns the organization that the query names; several different ones are an error.
    pub fn org(&self) -> Result<Option<OrgId>, CloseReason> {
        Scope::of_all(&self.orgs).map(Scope::org).map_err(|_| CloseReason::INVALID_ORG)
    }
}
