//! The catalogue of permissions.

use async_trait::async_trait;
use bailiwick_kernel::OrgId;
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, RoleError};

use crate::audit::{Action, AuditEvent};
use crate::authority::{ActiveMember, CatalogueWriter};
use crate::{Command, Error, Query, Work};

/// The part of the catalogue to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CatalogueScope {
    /// The permissions that the caller has.
    Mine,
    /// Everything that the organization sees.
    All,
}

/// Lists the catalogue's permissions that the caller has, wildcards expanded, or the organization's
/// whole catalogue.
#[derive(Clone, Copy, Debug)]
pub struct ListPermissions {
    /// The part to list.
    pub scope: CatalogueScope,
}

#[async_trait]
impl Query for ListPermissions {
    type Proof = ActiveMember;
    type Output = Vec<CatalogueEntry>;

    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<Vec<CatalogueEntry>, Error> {
        let org = work.proof.context().org;
        let mut entries = work.tx.roles().list_entries(Some(org), None).await?;
        if self.scope == CatalogueScope::Mine {
            let permissions = &work.proof.context().role.permissions;
            entries.retain(|entry| permissions.allows(&entry.permission));
        }
        Ok(entries)
    }
}

/// Adds a permission to the catalogue. This grants nothing new, because a holder of a matching pattern
/// has the permission already.
#[derive(Clone, Debug)]
pub struct AddPermission {
    /// The permission, without wildcards.
    pub permission: Permission,
    /// Description of what it allows.
    pub description: String,
}

/// The outcome of [`AddPermission`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AddedPermission {
    /// The entry was added.
    New(CatalogueEntry),
    /// The entry existed already.
    Known(CatalogueEntry),
}

#[async_trait]
impl Command for AddPermission {
    type Proof = CatalogueWriter;
    type Output = AddedPermission;

    async fn execute(&self, work: &mut Work<'_, CatalogueWriter>) -> Result<AddedPermission, Error> {
        let org = work.proof.org();
        if let Some(known) = self.find_in(work, org).await? {
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
        let known = self.find_in(work, org).await?;
        Ok(AddedPermission::Known(known.ok_or(RoleError::NotFound)?))
    }
}

impl AddPermission {
    async fn find_in<P>(
        &self,
        work: &mut Work<'_, P>,
        org: Option<OrgId>,
    ) -> Result<Option<CatalogueEntry>, Error> {
        Ok(work.tx.roles().list_entries(org, Some(&self.permission)).await?.pop())
    }
}
