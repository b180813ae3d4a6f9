//! A caller hands out no more than the caller holds: levels and permissions. The rules are written again here, by
//! comparison of two states and of single permissions.

use bailiwick::app::MemberRecord;
use bailiwick::invites::{Invitation, InvitationState};
use bailiwick::kernel::{OrgId, RoleId};
use bailiwick::orgs::MembershipStatus;
use bailiwick::rbac::{Pattern, Permission};
use bailiwick::roles::{Level, Role};

use super::Taken;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

/// The permissions by which grants are compared.
const PERMISSIONS: [&str; 20] = [
    "org:read",
    "org:write",
    "org:delete",
    "users:read",
    "users:write",
    "users:delete",
    "roles:read",
    "roles:write",
    "roles:delete",
    "invitations:read",
    "invitations:write",
    "invitations:delete",
    "audit:read",
    "ws:connect",
    "kb:read",
    "kb:write",
    "kb:delete",
    "reports:export",
    "billing:refund",
    "any:thing",
];

/// Checks the roles and memberships that a step changed.
pub fn check(taken: &Taken<'_>) -> Result<(), String> {
    deleted_roles_are_below(taken)?;
    for (org, roles) in &taken.after.roles {
        let Some(former) = taken.before().roles.get(org) else { continue };
        for role in roles {
            let was = former.iter().find(|was| was.id == role.id);
            if taken.step.kind != Kind::Release && was != Some(role) {
                role_is_within_bounds(taken, *org, was, role)?;
            }
        }
    }
    for record in taken.after.memberships.values().flatten() {
        let was = taken.before().member(record.membership.org_id, record.user.id);
        if taken.before().roles.contains_key(&record.membership.org_id) {
            membership_is_within_bounds(taken, was, record)?;
        }
    }
    Ok(())
}

/// A role is deleted by a caller who is above it, and never one of the system.
fn deleted_roles_are_below(taken: &Taken<'_>) -> Result<(), String> {
    for (org, former) in &taken.before().roles {
        let Some(left) = taken.after.roles.get(org) else { continue };
        for was in former.iter().filter(|was| left.iter().all(|role| role.id != was.id)) {
            let holder = actor(taken, *org);
            if !holder.is_some_and(|holder| was.system.is_none() && was.level < holder.level) {
                return Err(format!("a caller who is not above it deleted {was:?}"));
            }
        }
    }
    Ok(())
}

/// Returns whether a member is active.
pub fn is_active(record: &MemberRecord) -> bool {
    record.membership.status == MembershipStatus::Active
}

/// Returns whether a member has the role of an owner.
pub fn is_owner(record: &MemberRecord) -> bool {
    record.role.as_ref().is_some_and(|role| role.level == Level::OWNER)
}

fn role_is_within_bounds(
    taken: &Taken<'_>,
    org: OrgId,
    was: Option<&Role>,
    role: &Role,
) -> Result<(), String> {
    let fault = |why| format!("{why}: {was:?} became {role:?}");
    let holder = actor(taken, org).ok_or_else(|| fault("a stranger changed a role"))?;
    if role.system.is_some() {
        return Err(fault("a system role was changed"));
    }
    let levels = [Some(role.level), was.map(|was| was.level)];
    if levels.into_iter().flatten().any(|level| level >= holder.level) {
        return Err(fault("a role at or above the level of the caller was changed"));
    }
    let before = was.map(|was| was.permissions.as_slice()).unwrap_or_default();
    let is_beyond = |permission: &Permission| {
        allows(&role.permissions, permission)
            && !allows(before, permission)
            && !allows(&holder.permissions, permission)
    };
    match permissions().into_iter().find(is_beyond) {
        Some(permission) => Err(fault(&format!("{permission:?} was granted by a caller without it"))),
        None => Ok(()),
    }
}

fn membership_is_within_bounds(
    taken: &Taken<'_>,
    was: Option<&MemberRecord>,
    is: &MemberRecord,
) -> Result<(), String> {
    let org = is.membership.org_id;
    let authority = |record: &MemberRecord| is_active(record).then_some(record.membership.role_id);
    let (old, new) = (was.and_then(authority), authority(is));
    if old == new {
        return Ok(());
    }
    let fault = |why| format!("{why}: {was:?} became {is:?}");
    let role = role_of(taken.after, org, is.membership.role_id);
    match taken.step.kind {
        Kind::AssignRole | Kind::Suspend | Kind::Restore | Kind::RemoveMember => {
            let holder = actor(taken, org).ok_or_else(|| fault("a stranger changed a member"))?;
            let former = was.and_then(|was| role_of(taken.before(), org, was.membership.role_id));
            let roles = [former, if taken.step.kind == Kind::AssignRole { role } else { None }];
            if roles.into_iter().flatten().any(|role| !is_below(role, holder)) {
                return Err(fault("a member or role above the caller"));
            }
            match role.filter(|_| taken.step.kind == Kind::AssignRole) {
                Some(role) if !is_within(role, holder) => Err(fault("a role beyond the caller")),
                _ => Ok(()),
            }
        }
        Kind::TransferOwnership => match actor(taken, org) {
            Some(holder) if holder.level == Level::OWNER => Ok(()),
            _ => Err(fault("ownership was transferred by somebody else")),
        },
        Kind::AcceptInvitation | Kind::AcceptReceived | Kind::SignUpByInvitation => {
            let role = role.ok_or_else(|| fault("no role"))?;
            let offer = accepted(taken, org, role).ok_or_else(|| fault("joined without an invitation"))?;
            let holder = offer.inviter_id.and_then(|id| active_role(taken.before(), org, id));
            match holder {
                Some(holder) if is_below(role, holder) && is_within(role, holder) => Ok(()),
                _ => Err(fault("the inviter may not offer the role")),
            }
        }
        Kind::Leave | Kind::DeleteUser | Kind::DeactivateMe | Kind::DeactivateUser if new.is_none() => Ok(()),
        // An archived organization comes back with its members.
        Kind::ActivateUser | Kind::ResetPassword if was.is_none() => Ok(()),
        _ => Err(fault("the step changes no membership")),
    }
}

/// Returns the role by which the caller acted.
fn actor<'a>(taken: &'a Taken<'_>, org: OrgId) -> Option<&'a Role> {
    active_role(taken.before(), org, taken.selected.user?)
}

fn active_role(state: &Snapshot, org: OrgId, user: bailiwick::kernel::UserId) -> Option<&Role> {
    let record = state.member(org, user).filter(|record| is_active(record))?;
    role_of(state, org, record.membership.role_id)
}

fn role_of(state: &Snapshot, org: OrgId, id: Option<RoleId>) -> Option<&Role> {
    state.roles.get(&org)?.iter().find(|role| Some(role.id) == id)
}

fn accepted<'a>(taken: &'a Taken<'_>, org: OrgId, role: &Role) -> Option<&'a Invitation> {
    let at = InvitationState::Accepted { at: taken.now };
    let was_pending = |id| {
        let was = taken.before().invitations.iter().find(|was| was.id == id);
        was.is_some_and(|was| was.state == InvitationState::Pending && taken.now < was.expires_at)
    };
    taken.after.invitations.iter().find(|invitation| {
        invitation.org_id == org
            && invitation.role_id == Some(role.id)
            && invitation.state == at
            && was_pending(invitation.id)
    })
}

fn is_below(role: &Role, holder: &Role) -> bool {
    role.level < holder.level || (role.level == Level::OWNER && holder.level == Level::OWNER)
}

fn is_within(role: &Role, holder: &Role) -> bool {
    permissions().iter().all(|one| !allows(&role.permissions, one) || allows(&holder.permissions, one))
}

fn allows(grants: &[Pattern], permission: &Permission) -> bool {
    grants.iter().any(|grant| grant.matches(permission))
}

fn permissions() -> Vec<Permission> {
    PERMISSIONS.iter().map(|name| Permission::parse(name).unwrap()).collect()
}
