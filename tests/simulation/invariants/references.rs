//! Rows refer to rows that exist, and what is unique is so.

use std::collections::BTreeSet;

use bailiwick::invites::{InvitationState, InvitationStatus};
use bailiwick::kernel::Timestamp;
use bailiwick::orgs::MembershipStatus;

use crate::snapshot::Snapshot;

/// Checks one state.
pub fn check(state: &Snapshot, now: Timestamp) -> Result<(), String> {
    roles(state)?;
    memberships(state)?;
    invitations(state, now)?;
    let emails: BTreeSet<_> = state.users.iter().map(|user| user.email.as_str()).collect();
    require(emails.len() == state.users.len(), || "two accounts have one address".to_owned())?;
    let slugs: BTreeSet<_> = state.orgs.iter().map(|org| org.slug.as_str()).collect();
    require(slugs.len() == state.orgs.len(), || "two organizations have one slug".to_owned())
}

fn roles(state: &Snapshot) -> Result<(), String> {
    for (org, roles) in &state.roles {
        let names: BTreeSet<_> = roles.iter().map(|role| role.name.as_str().to_lowercase()).collect();
        let levels: BTreeSet<_> = roles.iter().map(|role| role.level).collect();
        let system = roles.iter().filter(|role| role.system.is_some()).count();
        let is_sound = names.len() == roles.len() && levels.len() == roles.len() && system == 4;
        require(is_sound, || format!("{org} has the roles {roles:?}"))?;
    }
    Ok(())
}

fn memberships(state: &Snapshot) -> Result<(), String> {
    for record in state.memberships.values().flatten() {
        let membership = &record.membership;
        let roles = state.roles.get(&membership.org_id);
        let is_of_org = |id| roles.is_some_and(|roles| roles.iter().any(|role| role.id == id));
        let has_role = membership.role_id.map_or(membership.status == MembershipStatus::Removed, is_of_org);
        require(has_role, || format!("a membership without a role of its organization: {membership:?}"))?;
        let offer = state.invitations.iter().find(|invitation| {
            invitation.org_id == membership.org_id
                && invitation.email == record.user.email
                && invitation.state == InvitationState::Pending
        });
        let fits = offer.is_some_and(|offer| Some(offer.expires_at) == membership.invited_until);
        let is_invited = membership.status == MembershipStatus::Invited;
        require(!is_invited || fits, || format!("{membership:?} is invited by {offer:?}"))?;
    }
    Ok(())
}

fn invitations(state: &Snapshot, now: Timestamp) -> Result<(), String> {
    let mut pending = BTreeSet::new();
    for invitation in &state.invitations {
        let roles = state.roles.get(&invitation.org_id).ok_or(format!("no org: {invitation:?}"))?;
        let is_of_org = |id| roles.iter().any(|role| role.id == id);
        let may_lack = invitation.status(now) != InvitationStatus::Pending;
        let has_role = invitation.role_id.map_or(may_lack, is_of_org);
        let has_inviter = invitation.inviter_id.is_none_or(|id| state.user(id).is_some());
        require(has_role && has_inviter, || format!("it refers to nothing: {invitation:?}"))?;
        let is_only = invitation.state != InvitationState::Pending
            || pending.insert((invitation.org_id, invitation.email.as_str()));
        require(is_only, || format!("an address is invited twice: {invitation:?}"))?;
    }
    Ok(())
}

fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}
