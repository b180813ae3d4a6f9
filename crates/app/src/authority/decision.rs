//! The rule: from what is known about a subject to a grant or a refusal.
//!
//! The order is the contract's: account, session, membership, permission. A
//! deactivated account is told so even when its session was ended.

use bailiwick_kernel::Timestamp;
use bailiwick_orgs::{EffectiveStatus, MembershipStatus, membership};
use bailiwick_users::UserStatus;

use crate::authority::{Denial, MemberContext};
use crate::ports::{AuthorityQuery, AuthorityView, MembershipView};
use crate::tokens::TokenFault;

/// The account exists and is active, and the session, if the subject has one,
/// is alive at `now`.
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

/// The account stands, and is an active member of the subject's organization.
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
