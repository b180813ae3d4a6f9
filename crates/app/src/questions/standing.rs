//! The one whom a question is about, as they stand now.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, Timestamp, UserId};
use bailiwick_orgs::{MembershipStatus, OrgError, Standing, membership};
use bailiwick_users::UserStatus;

use crate::authority::permission::RolesRead;
use crate::authority::{ActiveMember, Denial, Grant, Permit, decision};
use crate::ports::{RoleView, Subject, SubjectView};
use crate::{Error, Work};

/// Refuses unless the holder of `grant` may ask what others may do; about
/// themselves everybody may.
pub fn require_to_ask_about_others(grant: &Grant) -> Result<(), Denial> {
    grant.require(RolesRead::permission())
}

/// Somebody who is, or may become, a member.
pub(super) struct Asked {
    pub user: UserId,
    pub org: OrgId,
    pub account: UserStatus,
    pub membership: MembershipStatus,
    pub role: Option<Arc<RoleView>>,
    /// What whoever decides says of them.
    pub verdict: Result<Grant, Denial>,
}

/// The one asked about, or oneself. [`OrgError::NotMember`] for who never was a
/// member, is one no more, or let the invitation run out.
pub(super) async fn asked_about(
    work: &mut Work<'_, ActiveMember>,
    user: Option<UserId>,
) -> Result<Asked, Error> {
    let grant = work.proof.grant();
    if user.is_some_and(|user| user != grant.user) {
        require_to_ask_about_others(grant)?;
    }
    let (user, org) = (user.unwrap_or(grant.user), grant.org);
    let subject = Subject { user, session: None, org: Some(org) };
    let view = work.tx.hold_view(&subject).await?.ok_or(OrgError::NotMember)?;
    Ok(asked(&subject, org, view, work.now)?)
}

fn asked(subject: &Subject, org: OrgId, view: SubjectView, now: Timestamp) -> Result<Asked, OrgError> {
    let member = view.membership.clone().ok_or(OrgError::NotMember)?;
    let status = match membership::standing(member.status, member.invited_until, now) {
        Standing::None | Standing::As(MembershipStatus::Removed) => return Err(OrgError::NotMember),
        Standing::As(status) => status,
    };
    Ok(Asked {
        user: subject.user,
        org,
        account: view.user_status,
        membership: status,
        role: member.role,
        verdict: decision::active_member(subject, Some(view), now),
    })
}
