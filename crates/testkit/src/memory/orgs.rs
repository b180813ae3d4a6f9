//! Organizations and memberships.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, OrgId, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError, OrgRepo, Organization, Owners};
use bailiwick_roles::Role;
use bailiwick_users::UserStatus;

use super::state::State;
use super::{Flaw, MemoryTx};

#[async_trait]
impl OrgRepo for MemoryTx {
    async fn insert(&mut self, org: &Organization) -> Result<(), OrgError> {
        require_free_slug(self.seen(), org)?;
        self.changed().await?.orgs.insert(org.id, org.clone());
        Ok(())
    }

    async fn find(&mut self, id: OrgId, lock: Lock) -> Result<Option<Organization>, OrgError> {
        if lock == Lock::Update && self.has(Flaw::CountInSubQuery) {
            self.let_others_in().await;
        }
        Ok(self.seen().org(id).cloned())
    }

    async fn lock_owners(&mut self, id: OrgId) -> Result<Owners, OrgError> {
        OrgRepo::find(self, id, Lock::Update).await?.ok_or(OrgError::NotFound)?;
        Ok(owners(self.seen(), id))
    }

    async fn update(&mut self, org: &Organization) -> Result<(), OrgError> {
        require_existing(self.seen(), org.id)?;
        require_free_slug(self.seen(), org)?;
        let stored = self.changed().await?.orgs.get_mut(&org.id).ok_or(OrgError::NotFound)?;
        stored.name = org.name.clone();
        stored.slug = org.slug.clone();
        Ok(())
    }

    async fn delete(&mut self, id: OrgId) -> Result<(), OrgError> {
        require_existing(self.seen(), id)?;
        let state = self.changed().await?;
        state.orgs.remove(&id).ok_or(OrgError::NotFound)?;
        state.memberships.retain(|(org, _), _| *org != id);
        state.roles.retain(|_, role| role.org_id != id);
        state.invitations.retain(|_, stored| stored.invitation.org_id != id);
        state.catalogue.retain(|_, entry| entry.org_id != Some(id));
        Ok(())
    }

    async fn set_archived(&mut self, id: OrgId, at: Option<Timestamp>) -> Result<(), OrgError> {
        if at.is_some() {
            require_existing(self.seen(), id)?;
            self.changed().await?.archived.insert(id);
            return Ok(());
        }
        let restored = self.changed().await?.archived.remove(&id);
        if restored { Ok(()) } else { Err(OrgError::NotFound) }
    }

    async fn insert_membership(&mut self, membership: &Membership) -> Result<(), OrgError> {
        let (org, user) = (membership.org_id, membership.user_id);
        let state = self.seen();
        if state.org(org).is_none() || !state.users.contains_key(&user) {
            return Err(OrgError::NotFound);
        }
        if state.memberships.contains_key(&(org, user)) {
            return Err(OrgError::AlreadyMember);
        }
        require_own_role(state, membership)?;
        self.changed().await?.memberships.insert((org, user), membership.clone());
        Ok(())
    }

    async fn update_membership(&mut self, membership: &Membership) -> Result<(), OrgError> {
        let key = (membership.org_id, membership.user_id);
        self.seen().membership(key.0, key.1).ok_or(OrgError::NotMember)?;
        require_own_role(self.seen(), membership)?;
        let stored = self.changed().await?.memberships.get_mut(&key).ok_or(OrgError::NotMember)?;
        *stored = Membership { created_at: stored.created_at, ..membership.clone() };
        Ok(())
    }

    async fn delete_membership(&mut self, org: OrgId, user: UserId) -> Result<(), OrgError> {
        let state = self.changed().await?;
        if state.org(org).is_some() {
            state.memberships.remove(&(org, user));
        }
        Ok(())
    }
}

fn require_existing(state: &State, id: OrgId) -> Result<(), OrgError> {
    state.org(id).map(|_| ()).ok_or(OrgError::NotFound)
}

fn require_free_slug(state: &State, org: &Organization) -> Result<(), OrgError> {
    let taken = state.orgs.values().any(|other| other.slug == org.slug && other.id != org.id);
    if taken { Err(OrgError::SlugTaken) } else { Ok(()) }
}

fn require_own_role(state: &State, membership: &Membership) -> Result<(), OrgError> {
    let own = state.may_refer_to(membership.org_id, membership.role_id);
    if own { Ok(()) } else { Err(OrgError::UnknownRole) }
}

fn owners(state: &State, org: OrgId) -> Owners {
    let is_owner = |membership: &&Membership| {
        let role = membership.role_id.and_then(|role| state.role_of(org, role));
        let account = state.users.get(&membership.user_id);
        membership.status == MembershipStatus::Active
            && role.is_some_and(Role::is_owner)
            && account.is_some_and(|user| user.status == UserStatus::Active)
    };
    Owners::new(state.memberships_of(org).filter(is_owner).map(|membership| membership.user_id).collect())
}
