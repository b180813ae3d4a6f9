//! The catalogue of permissions.

use async_trait::async_trait;
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, RoleError};

use crate::audit::{Action, AuditEvent};
use crate::authority::{ActiveMember, CatalogueWriter};
use crate::{Command, Error, Query, Work};

/// Which part of the catalogue is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CatalogueScope {
    /// What the caller may do.
    Mine,
    /// All that the organization sees.
    All,
}

/// Lists permissions: those of the catalogue that the caller holds, wildcards
/// expanded, or the whole catalogue of the organization.
#[derive(Clone, Copy, Debug)]
pub struct ListPermissions {
    /// Which of them.
    pub scope: CatalogueScope,
}

#[async_trait]
impl Query for ListPermissions {
    type Proof = ActiveMember;
    type Output = Vec<CatalogueEntry>;

    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<Vec<CatalogueEntry>, Error> {
        let org = work.proof.context().org;
        let mut entries = work.tx.roles().list_entries(org).await?;
        if self.scope == CatalogueScope::Mine {
            let held = &work.proof.context().role.permissions;
            entries.retain(|entry| held.allows(&entry.permission));
        }
        Ok(entries)
    }
}

/// Adds a permission to the catalogue. It gives nobody a new grant: who holds a
/// matching pattern holds it already.
#[derive(Clone, Debug)]
pub struct AddPermission {
    /// The permission; no wildcard.
    pub permission: Permission,
    /// What it allows.
    pub description: String,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AddedPermission {
    /// It is new.
    New(CatalogueEntry),
    /// It was there already.
    Known(CatalogueEntry),
}

#[async_trait]
impl Command for AddPermission {
    type Proof = CatalogueWriter;
    type Output = AddedPermission;

    async fn execute(&self, work: &mut Work<'_, CatalogueWriter>) -> Result<AddedPermission, Error> {
        let org = work.proof.org();
        if let Some(known) = work.tx.roles().find_entry(org, &self.permission).await? {
            return Ok(AddedPermission::Known(known));
        }
        let entry =
            CatalogueEntry::new(org, self.permission.clone(), self.description.clone(), work.ids, work.now);
        if work.tx.roles().insert_entry(&entry).await? {
            let event =
                AuditEvent::new(Action::PermissionCreate, entry.id).after("permission", &entry.permission);
            work.audit(event.after("description", &entry.description));
            return Ok(AddedPermission::New(entry));
        }
        let known = work.tx.roles().find_entry(org, &self.permission).await?;
        Ok(AddedPermission::Known(known.ok_or(RoleError::NotFound)?))
    }
}
