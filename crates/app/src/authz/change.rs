//! The changes that would allow what is denied.

use bailiwick_orgs::MembershipStatus;
use bailiwick_users::UserStatus;

use crate::authz::explanation::{Change, Explanation, Step};
use crate::ports::RoleRef;

/// Returns the smallest change that would allow a denied permission: all of these steps. `roles`
/// are those that grant it.
pub(super) fn steps(explanation: &Explanation, roles: Option<Vec<RoleRef>>) -> Vec<Step> {
    let account = match explanation.account {
        UserStatus::Active => None,
        UserStatus::Inactive => Some(Change::ActivateAccount),
        UserStatus::Pending => Some(Change::VerifyAccount),
    };
    let restores = explanation.membership == MembershipStatus::Suspended;
    let authority = another_authority(explanation, roles, restores);
    // Assigning a role also restores a suspended member.
    let restored_by_role =
        authority.first().is_some_and(|change| matches!(change, Change::AssignRole { .. }));
    let membership = match explanation.membership {
        MembershipStatus::Suspended if !restored_by_role => Some(Change::RestoreMembership),
        MembershipStatus::Invited => Some(Change::AcceptInvitation),
        MembershipStatus::Active | MembershipStatus::Suspended | MembershipStatus::Removed => None,
    };
    let single = |change: Option<Change>| change.map(|change| vec![change]).unwrap_or_default();
    [single(account), single(membership), authority]
        .into_iter()
        .filter(|any_of| !any_of.is_empty())
        .map(|any_of| Step { any_of })
        .collect()
}

/// Returns the changes that would grant the permission itself; none if the role grants it already.
fn another_authority(explanation: &Explanation, roles: Option<Vec<RoleRef>>, restores: bool) -> Vec<Change> {
    let held = explanation.role.as_ref();
    if held.is_some_and(|held| held.grant.is_some()) {
        return Vec::new();
    }
    let assignable = roles.as_ref().is_none_or(|roles| !roles.is_empty());
    let assign = assignable.then_some(Change::AssignRole { roles, restores });
    // Extending the role does not restore the member, so it would take two changes instead of one.
    let is_longer = restores && assign.is_some();
    let extend = held.filter(|held| !held.is_system && !is_longer);
    assign.into_iter().chain(extend.map(|held| Change::ExtendRole(held.role.clone()))).collect()
}
