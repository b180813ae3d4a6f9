//! Listing, creating, changing and deleting roles.

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

/// Reads one role. [`RoleError::NotFound`] if the organization has none with this id.
#[derive(Clone, Copy, Debug)]
pub struct ReadRole {
    /// The role's id.
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

/// Creates a custom role, below the caller's level and within the caller's permissions.
#[derive(Clone, Debug)]
pub struct CreateRole {
    /// The role to create.
    pub draft: RoleDraft,
}

#[async_trait]
impl Command for CreateRole {
    type Proof = Allow<RolesWrite>;
    type Output = Role;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Role, Error> {
        let context = work.proof.context();
        let role = Role::custom(context.org, self.draft.clone(), work.ids, work.now);
        context.holder().may_create(&role)?;
        work.tx.roles().insert(&role).await?;
        let event = AuditEvent::new(Action::RoleCreate, role.id)
            .after("name", &role.name)
            .after("level", &role.level);
        work.audit(event.after("description", &role.description).after("permissions", &role.permissions));
        Ok(role)
    }
}

/// Changes a custom role; absent fields stay as they are. The new authority applies to its holders from
/// the next request on.
#[derive(Clone, Debug)]
pub struct ChangeRole {
    /// The role's id.
    pub id: RoleId,
    /// Its name.
    pub name: Option<DisplayName>,
    /// Its description.
    pub description: Option<String>,
    /// Its level.
    pub level: Option<Level>,
    /// All of its grants.
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

/// Deletes a custom role. [`RoleError::InUse`] if members hold it or pending invitations offer it.
#[derive(Clone, Copy, Debug)]
pub struct DeleteRole {
    /// The role's id.
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
