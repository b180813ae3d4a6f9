//! The user that a query is about.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, Timestamp, UserId};
use bailiwick_orgs::{EffectiveStatus, MembershipStatus, OrgError, membership};
use bailiwick_users::UserStatus;

use crate::authority::permission::RolesRead;
use crate::authority::{ActiveMember, Denial, MemberContext, Permit, decision};
use crate::ports::{AuthorityQuery, AuthorityView, RoleView};
use crate::{Error, Work};

/// [`Denial::Missing`] unless the caller may query the permissions of others. Every member may
/// query their own.
pub fn require_to_ask_about_others(context: &MemberContext) -> Result<(), Denial> {
    context.require(RolesRead::permission())
}

/// A member or an invited user.
pub(super) struct Target {
    pub user: UserId,
    pub org: OrgId,
    pub account: UserStatus,
    pub membership: MembershipStatus,
    pub role: Option<Arc<RoleView>>,
    /// The verdict of the rule that also decides checks.
    pub verdict: Result<MemberContext, Denial>,
}

/// Finds the user of the query, or the caller. [`OrgError::NotMember`] for a user who never was a
/// member, was removed, or whose invitation expired.
pub(super) async fn find_target(
    work: &mut Work<'_, ActiveMember>,
    user: Option<UserId>,
) -> Result<Target, Error> {
    let context = work.proof.context();
    if user.is_some_and(|user| user != context.user) {
        require_to_ask_about_others(context)?;
    }
    let (user, org) = (user.unwrap_or(context.user), context.org);
    let query = AuthorityQuery { user, session: None, org: Some(org) };
    let view = work.tx.lock_view(&query).await?.ok_or(OrgError::NotMember)?;
    Ok(target(&query, org, view, work.now)?)
}

fn target(
    query: &AuthorityQuery,
    org: OrgId,
    view: AuthorityView,
    now: Timestamp,
) -> Result<Target, OrgError> {
    let member = view.membership.clone().ok_or(OrgError::NotMember)?;
    let status = match membership::effective_status(member.status, member.invited_until, now) {
        EffectiveStatus::None | EffectiveStatus::As(MembershipStatus::Removed) => {
            return Err(OrgError::NotMember);
        }
        EffectiveStatus::As(status) => status,
    };
    Ok(Target {
        user: query.user,
        org,
        account: view.user_status,
        membership: status,
        role: member.role,
        verdict: decision::active_member(query, Some(view), now),
    })
}
