//! Whether a caller may open a socket: credential, account, organization, membership, permission, and
//! only then the caps.

use bailiwick_app::authority::permission::WsConnect;
use bailiwick_app::authority::{ActiveMember, Permit, Public};
use bailiwick_app::sockets::CountedTicket;
use bailiwick_app::{Actor, App, Error};
use bailiwick_kernel::{OrgId, Timestamp};

use tokio::time::timeout;

use super::close_reason::CloseReason;
use super::connect_params::{ConnectParams, Credential};
use super::follow;
use super::hub::{Hub, Registration};

/// A caller who may open a socket.
pub(super) struct Admitted {
    pub actor: Actor,
    pub member: ActiveMember,
    pub state: Registration,
}

/// The user of the credential.
struct Bearer {
    actor: Actor,
    expires_at: Timestamp,
    org: Option<OrgId>,
}

/// Applies the rate limit of tickets before the ticket is looked up, and before the upgrade. `None`
/// without a ticket.
pub(super) async fn count_ticket(app: &App, params: &ConnectParams) -> Result<Option<CountedTicket>, Error> {
    match &params.credential {
        Some(Credential::Ticket(ticket)) => app.count_ticket(ticket.clone()).await.map(Some),
        _ => Ok(None),
    }
}

/// Admits the caller, or returns the reason to close. `app` acts on behalf of the client.
pub(super) async fn admit(
    sockets: &Hub,
    app: &App,
    params: &ConnectParams,
    ticket: Option<&CountedTicket>,
) -> Result<Admitted, CloseReason> {
    let shared = sockets.shared();
    let Bearer { actor, expires_at, org } = bearer(app, params, ticket).await?;
    let org = match org_of(org, params) {
        Ok(org) => org,
        Err(end) => {
            // 401 and 403 come before 400, as for every route.
            shared.app.authority().authenticated(&actor).await.map_err(ended)?;
            return Err(end);
        }
    };
    // It registers for invalidation before its authority is loaded, so that no change is missed in
    // between.
    let state = sockets.register(actor.user, org, app.context().client.ip);
    state.expire_at(expires_at);
    let asked_at = shared.elapsed();
    let store_loads = timeout(follow::TIMEOUT, follow::member(shared, &actor, org));
    let member = store_loads.await.map_err(|_| CloseReason::UNCERTAIN)?.map_err(ended)?;
    member.context().require(WsConnect::permission())?;
    state.end_load(Some(asked_at));
    state.count()?;
    Ok(Admitted { actor, member, state })
}

async fn bearer(
    app: &App,
    params: &ConnectParams,
    ticket: Option<&CountedTicket>,
) -> Result<Bearer, CloseReason> {
    match (&params.credential, ticket) {
        (Some(Credential::Token(token)), _) => {
            let claims = app.read_claims(token)?;
            let actor = Actor { user: claims.user, session: claims.session };
            Ok(Bearer { actor, expires_at: claims.expires_at, org: None })
        }
        (Some(Credential::Ticket(_)), Some(ticket)) => {
            let ticket = app
                .redeem_ticket(&Public, ticket)
                .await
                .map_err(ended)?
                .ok_or(CloseReason::INVALID_TICKET)?;
            if ticket.token_expires_at <= app.parts().clock.now() {
                return Err(CloseReason::EXPIRED);
            }
            Ok(Bearer { actor: ticket.actor, expires_at: ticket.token_expires_at, org: Some(ticket.org) })
        }
        _ => Err(CloseReason::MISSING_TOKEN),
    }
}

/// Returns the organization. A ticket contains its organization; the query may name only the same one.
fn org_of(ticketed: Option<OrgId>, params: &ConnectParams) -> Result<OrgId, CloseReason> {
    match (ticketed, params.org()?) {
        (Some(org), named) if named.is_none_or(|named| named == org) => Ok(org),
        (Some(_), _) => Err(CloseReason::INVALID_ORG),
        (None, named) => named.ok_or(CloseReason::MISSING_ORG),
    }
}

/// Converts an error: a refusal gives its reason; after any other failure a new attempt may succeed.
pub(super) fn ended(error: Error) -> CloseReason {
    match error {
        Error::Denied(denial) => denial.into(),
        other => {
            tracing::warn!(error = %other, "the authority of a socket cannot be established");
            CloseReason::UNCERTAIN
        }
    }
}
