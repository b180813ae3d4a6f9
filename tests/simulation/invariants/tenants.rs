//! A step in one organization changes no other.

use bailiwick::kernel::OrgId;

use super::Taken;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

/// Checks the organizations that the step is not about.
pub fn check(taken: &Taken<'_>) -> Result<(), String> {
    if !is_of_one_organization(taken.step.kind) {
        return Ok(());
    }
    for org in taken.before().orgs.iter().map(|org| org.id).filter(|org| Some(*org) != taken.selected.org) {
        if content(taken.before(), org) != content(taken.after, org) {
            return Err(format!("the step changed {org}, which it is not about"));
        }
    }
    Ok(())
}

fn is_of_one_organization(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ChangeOrganization
            | Kind::DeleteOrganization
            | Kind::Leave
            | Kind::Suspend
            | Kind::Restore
            | Kind::RemoveMember
            | Kind::TransferOwnership
            | Kind::CreateRole
            | Kind::ChangeRole
            | Kind::DeleteRole
            | Kind::ReorderRoles
            | Kind::AssignRole
            | Kind::Invite
            | Kind::InviteMany
            | Kind::ResendInvitation
            | Kind::RevokeInvitation
    )
}

fn content(state: &Snapshot, org: OrgId) -> impl PartialEq + '_ {
    let name = state.orgs.iter().find(|one| one.id == org);
    let members: Vec<_> = state.members(org).map(|record| &record.membership).collect();
    let invitations: Vec<_> = state.invitations.iter().filter(|one| one.org_id == org).collect();
    (name, members, state.roles.get(&org), invitations)
}
