//! Roles and the permission catalogue.

use std::cmp::Reverse;

use async_trait::async_trait;
use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::{OrgId, RoleId, StoreError, Timestamp};
use bailiwick_orgs::Membership;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{
    CatalogueEntry, Lacking, Level, RequiredGrant, Role, RoleError, RoleRepo, level_steps,
};

use super::state::State;
use super::{Flaw, MemoryTx};

#[async_trait]
impl RoleRepo for MemoryTx {
    async fn insert(&mut self, role: &Role) -> Result<(), RoleError> {
        if !self.seen().orgs.contains_key(&role.org_id) {
            return Err(StoreError::Refused("a role without an organization".to_owned()).into());
        }
        require_free(self.seen(), role)?;
        self.changed().await?.roles.insert(role.id, role.clone());
        Ok(())
    }

    async fn find(&mut self, org: OrgId, id: RoleId) -> Result<Option<Role>, RoleError> {
        if self.has(Flaw::MissingTenantFilter) {
            return Ok(self.seen().roles.get(&id).cloned());
        }
        Ok(self.seen().role_of(org, id).cloned())
    }

    async fn list(&mut self, org: OrgId) -> Result<Vec<Role>, RoleError> {
        let mut roles: Vec<_> = roles_of(self.seen(), org).cloned().collect();
        roles.sort_by_key(|role| Reverse(role.level));
        Ok(roles)
    }

    async fn update(&mut self, role: &Role) -> Result<(), RoleError> {
        self.seen().role_of(role.org_id, role.id).ok_or(RoleError::NotFound)?;
        require_free(self.seen(), role)?;
        let stored = self.changed().await?.roles.get_mut(&role.id).ok_or(RoleError::NotFound)?;
        stored.redraft(role.to_draft());
        Ok(())
    }

    async fn set_levels(&mut self, org: OrgId, levels: &[(RoleId, Level)]) -> Result<(), RoleError> {
        let present: Vec<_> = roles_of(self.seen(), org).map(|role| (role.id, role.level)).collect();
        let steps = level_steps(&present, levels)?;
        let roles = &mut self.changed().await?.roles;
        for (id, level) in steps {
            roles.get_mut(&id).ok_or(RoleError::NotFound)?.level = level;
        }
        Ok(())
    }

    async fn delete(&mut self, org: OrgId, id: RoleId, now: Timestamp) -> Result<(), RoleError> {
        self.seen().role_of(org, id).ok_or(RoleError::NotFound)?;
        let (members, invitations) = uses_of(self.seen(), id, now);
        if members + invitations > 0 {
            return Err(RoleError::InUse { members, invitations });
        }
        remove(self.changed().await?, id);
        Ok(())
    }

    async fn find_lacking(
        &mut self,
        required: &[RequiredGrant],
        after: Option<OrgId>,
        limit: u32,
    ) -> Result<Lacking, RoleError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ids = self.seen().orgs.keys().copied();
        let looked_at: Vec<_> =
            ids.filter(|org| after.is_none_or(|after| *org > after)).take(limit).collect();
        let next = looked_at.last().copied().filter(|_| looked_at.len() == limit);
        let orgs =
            looked_at.into_iter().filter(|org| roles_of(self.seen(), *org).any(|role| lacks(role, required)));
        Ok(Lacking { orgs: orgs.collect(), next })
    }

    async fn lock_system_roles(&mut self, orgs: &[OrgId]) -> Result<Vec<Role>, RoleError> {
        if self.has(Flaw::CountInSubQuery) {
            self.let_others_in().await;
        }
        let system = self.seen().roles.values().filter(|role| role.system.is_some());
        Ok(system.filter(|role| orgs.contains(&role.org_id)).cloned().collect())
    }

    async fn add_grants(&mut self, grants: &[(RoleId, Vec<Pattern>)]) -> Result<(), RoleError> {
        if grants.is_empty() {
            return Ok(());
        }
        let roles = &mut self.changed().await?.roles;
        for (id, added) in grants {
            let role = roles.get_mut(id).ok_or(RoleError::NotFound)?;
            for grant in added {
                if !role.permissions.contains(grant) {
                    role.permissions.push(grant.clone());
                }
            }
        }
        Ok(())
    }

    async fn insert_entry(&mut self, entry: &CatalogueEntry) -> Result<bool, RoleError> {
        let same = |e: &CatalogueEntry| e.org_id == entry.org_id && e.permission == entry.permission;
        if self.seen().catalogue.values().any(same) {
            return Ok(false);
        }
        self.changed().await?.catalogue.insert(entry.id, entry.clone());
        Ok(true)
    }

    async fn list_entries(
        &mut self,
        org: Option<OrgId>,
        permission: Option<&Permission>,
    ) -> Result<Vec<CatalogueEntry>, RoleError> {
        let is_meant = |entry: &&CatalogueEntry| permission.is_none_or(|wanted| entry.permission == *wanted);
        let mut entries: Vec<_> = seen_by(self.seen(), org).filter(is_meant).cloned().collect();
        // A global entry has no organization, which sorts before any.
        entries.sort_by_key(|entry| {
            let permission = &entry.permission;
            (permission.resource().to_owned(), permission.action().to_owned(), entry.org_id)
        });
        entries.dedup_by(|later, first| later.permission == first.permission);
        Ok(entries)
    }
}

/// Returns whether the role has no grant that matches a permission required of it.
fn lacks(role: &Role, required: &[RequiredGrant]) -> bool {
    let mut for_role = required.iter().filter(|grant| role.system == Some(grant.role));
    for_role.any(|grant| !role.permissions.iter().any(|held| held.matches(&grant.permission)))
}

fn roles_of(state: &State, org: OrgId) -> impl Iterator<Item = &Role> {
    state.roles.values().filter(move |role| role.org_id == org)
}

fn seen_by(state: &State, org: Option<OrgId>) -> impl Iterator<Item = &CatalogueEntry> {
    state.catalogue.values().filter(move |entry| entry.org_id.is_none() || entry.org_id == org)
}

fn require_free(state: &State, role: &Role) -> Result<(), RoleError> {
    let others = || roles_of(state, role.org_id).filter(|other| other.id != role.id);
    let name = role.name.as_str().to_lowercase();
    if others().any(|other| other.name.as_str().to_lowercase() == name) {
        return Err(RoleError::NameTaken);
    }
    if others().any(|other| other.level == role.level) {
        return Err(RoleError::LevelTaken);
    }
    Ok(())
}

/// Returns the number of members with the role and of pending invitations that offer it.
fn uses_of(state: &State, id: RoleId, now: Timestamp) -> (u64, u64) {
    let holders =
        state.memberships.values().filter(|m: &&Membership| m.is_member() && m.role_id == Some(id)).count();
    let offers = state
        .invitations
        .values()
        .map(|stored| &stored.invitation)
        .filter(|invitation| invitation.status(now) == InvitationStatus::Pending)
        .filter(|invitation| invitation.role_id == Some(id))
        .count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    (count(holders), count(offers))
}

fn remove(state: &mut State, id: RoleId) {
    state.roles.remove(&id);
    for membership in state.memberships.values_mut() {
        membership.role_id = membership.role_id.filter(|role| *role != id);
    }
    for stored in state.invitations.values_mut() {
        stored.invitation.role_id = stored.invitation.role_id.filter(|role| *role != id);
    }
}
