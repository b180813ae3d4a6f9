//! The rule that decides: from a view to a member context or a denial.
//!
//! The order is that of the contract: account, session, membership, permission. A deactivated
//! account is reported as such even if its session was ended.

use bailiwick_kernel::Timestamp;
use bailiwick_orgs::{EffectiveStatus, MembershipStatus, membership};
use bailiwick_users::UserStatus;

use crate::authority::{Denial, MemberContext};
use crate::ports::{AuthorityQuery, AuthorityView, MembershipView};
use crate::tokens::TokenFault;

/// Requires an active account and, if the query has a session, that the session is active at `now`.
pub fn active_account(
    query: &AuthorityQuery,
    view: Option<AuthorityView>,
    now: Timestamp,
) -> Result<AuthorityView, Denial> {
    let view = view.ok_or(TokenFault::Revoked)?;
    if view.user_status != UserStatus::Active {
        return Err(Denial::Deactivated);
    }
    if query.session.is_some() && !session_is_alive(&view, now) {
        return Err(TokenFault::Revoked.into());
    }
    Ok(view)
}

fn session_is_alive(view: &AuthorityView, now: Timestamp) -> bool {
    view.session.is_some_and(|session| session.ended_at.is_none() && now < session.expires_at)
}

/// Requires an active account with an active membership in the organization of the query.
pub fn active_member(
    query: &AuthorityQuery,
    view: Option<AuthorityView>,
    now: Timestamp,
) -> Result<MemberContext, Denial> {
    let view = active_account(query, view, now)?;
    let org = query.org.ok_or(Denial::NotMember)?;
    let membership = view.membership.ok_or(Denial::NotMember)?;
    require_active(&membership, now)?;
    let role = membership.role.ok_or(Denial::NotMember)?;
    Ok(MemberContext { user: query.user, org, role })
}

fn require_active(view: &MembershipView, now: Timestamp) -> Result<(), Denial> {
    match membership::effective_status(view.status, view.invited_until, now) {
        EffectiveStatus::As(MembershipStatus::Active) => Ok(()),
        EffectiveStatus::As(MembershipStatus::Suspended) => Err(Denial::Suspended),
        EffectiveStatus::As(MembershipStatus::Removed) => Err(Denial::Removed),
        EffectiveStatus::As(MembershipStatus::Invited) => Err(Denial::StillInvited),
        EffectiveStatus::None => Err(Denial::NotMember),
    }
}
