//! The one whom a question is about, as they stand now.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, Timestamp, UserId};
use bailiwick_orgs::{EffectiveStatus, MembershipStatus, OrgError, membership};
use bailiwick_users::UserStatus;

use crate::authority::permission::RolesRead;
use crate::authority::{ActiveMember, Denial, MemberContext, Permit, decision};
use crate::ports::{AuthorityQuery, AuthorityView, RoleView};
use crate::{Error, Work};

/// Refuses unless the holder of `grant` may ask what others may do; about
/// themselves everybody may.
pub fn require_to_ask_about_others(context: &MemberContext) -> Result<(), Denial> {
    context.require(RolesRead::permission())
}

/// A person who is, or may become, a member.
pub(super) struct Target {
    pub user: UserId,
    pub org: OrgId,
    pub account: UserStatus,
    pub membership: MembershipStatus,
    pub role: Option<Arc<RoleView>>,
    /// What whoever decides says of them.
    pub verdict: Result<MemberContext, Denial>,
}

/// The one asked about, or oneself. [`OrgError::NotMember`] for who never was a
/// member, is one no more, or let the invitation run out.
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
