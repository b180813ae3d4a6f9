//! Defining roles.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, OrgId, RoleId};
use bailiwick_rbac::Pattern;
use bailiwick_roles::{Level, Role, RoleDraft, RoleError};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::{RolesDelete, RolesRead, RolesWrite};
use crate::{Command, Error, Query, Work};

/// Lists the roles of the organization, highest level first.
#[derive(Clone, Copy, Debug)]
pub struct ListRoles;

#[async_trait]
impl Query for ListRoles {
    type Proof = Allow<RolesRead>;
    type Output = Vec<Role>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Vec<Role>, Error> {
        let org = work.proof.context().org;
        Ok(work.tx.roles().list(org).await?)
    }
}

/// Reads one role. [`RoleError::NotFound`].
#[derive(Clone, Copy, Debug)]
pub struct ReadRole {
    /// Which.
    pub id: RoleId,
}

#[async_trait]
impl Query for ReadRole {
    type Proof = Allow<RolesRead>;
    type Output = Role;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Role, Error> {
        let org = work.proof.context().org;
        find_role(work, org, self.id).await
    }
}

/// Adds a custom role, below the caller's own level and within the caller's own
/// permissions.
#[derive(Clone, Debug)]
pub struct CreateRole {
    /// What it shall be.
    pub draft: RoleDraft,
}

#[async_trait]
impl Command for CreateRole {
    type Proof = Allow<RolesWrite>;
    type Output = Role;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Role, Error> {
        let grant = work.proof.context();
        let role = Role::custom(grant.org, self.draft.clone(), work.ids, work.now);
        grant.holder().may_create(&role)?;
        work.tx.roles().insert(&role).await?;
        let event = AuditEvent::new(Action::RoleCreate, role.id)
            .after("name", &role.name)
            .after("level", &role.level);
        work.audit(event.after("description", &role.description).after("permissions", &role.permissions));
        Ok(role)
    }
}

/// Changes a custom role; absent parts stay. Its holders have the new authority
/// from the next request on.
#[derive(Clone, Debug)]
pub struct ChangeRole {
    /// Which.
    pub id: RoleId,
    /// Its name.
    pub name: Option<DisplayName>,
    /// What it is for.
    pub description: Option<String>,
    /// Its precedence.
    pub level: Option<Level>,
    /// All it shall grant.
    pub permissions: Option<Vec<Pattern>>,
}

impl ChangeRole {
    fn applied_to(&self, mut draft: RoleDraft) -> RoleDraft {
        draft.name = self.name.clone().unwrap_or(draft.name);
        draft.description = self.description.clone().unwrap_or(draft.description);
        draft.level = self.level.unwrap_or(draft.level);
        draft.permissions = self.permissions.clone().unwrap_or(draft.permissions);
        draft
    }
}

#[async_trait]
impl Command for ChangeRole {
    type Proof = Allow<RolesWrite>;
    type Output = Role;
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Role, Error> {
        let org = work.proof.context().org;
        let role = find_role(work, org, self.id).await?;
        let mut edited = role.clone();
        edited.redraft(self.applied_to(role.to_draft()));
        work.proof.context().holder().may_edit(&role, &edited)?;
        work.tx.roles().update(&edited).await?;
        let event = AuditEvent::new(Action::RoleUpdate, role.id)
            .change("name", &role.name, &edited.name)
            .change("description", &role.description, &edited.description)
            .change("level", &role.level, &edited.level)
            .change("permissions", &role.permissions, &edited.permissions);
        work.audit_changes(event);
        Ok(edited)
    }
}

/// Deletes a custom role that nobody holds.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRole {
    /// Which.
    pub id: RoleId,
}

#[async_trait]
impl Command for DeleteRole {
    type Proof = Allow<RolesDelete>;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<(), Error> {
        let org = work.proof.context().org;
        let role = find_role(work, org, self.id).await?;
        work.proof.context().holder().may_touch(&role)?;
        work.tx.roles().delete(org, self.id, work.now).await?;
        let event = AuditEvent::new(Action::RoleDelete, role.id)
            .before("name", &role.name)
            .before("level", &role.level);
        work.audit(event.before("description", &role.description).before("permissions", &role.permissions));
        Ok(())
    }
}

pub(crate) async fn find_role<P>(work: &mut Work<'_, P>, org: OrgId, id: RoleId) -> Result<Role, Error> {
    Ok(work.tx.roles().find(org, id).await?.ok_or(RoleError::NotFound)?)
}
