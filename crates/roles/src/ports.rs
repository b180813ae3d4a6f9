//! What roles need from a store. Every method is part of the transaction that
//! handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, RoleId, Timestamp};
use bailiwick_rbac::Permission;

use crate::{CatalogueEntry, Level, Role, RoleError, SystemRole};

/// Roles and the permission catalogue.
#[async_trait]
pub trait RoleRepo: Send {
    /// Adds a role with its grants. MUST answer [`RoleError::NameTaken`] or
    /// [`RoleError::LevelTaken`] when the organization has the name (in any
    /// case) or level; the name is named first when both are taken.
    async fn insert(&mut self, role: &Role) -> Result<(), RoleError>;

    /// The role with its grants in the order given. A role of another
    /// organization is `None`.
    async fn find(&mut self, org: OrgId, id: RoleId) -> Result<Option<Role>, RoleError>;

    /// One of the four system roles. [`RoleError::NotFound`] if the
    /// organization is gone.
    async fn find_system(&mut self, org: OrgId, system: SystemRole) -> Result<Role, RoleError>;

    /// All roles of an organization, highest level first.
    async fn list(&mut self, org: OrgId) -> Result<Vec<Role>, RoleError>;

    /// Stores name, description, level and grants.
    /// [`RoleError::NameTaken`], [`RoleError::LevelTaken`], [`RoleError::NotFound`].
    async fn update(&mut self, role: &Role) -> Result<(), RoleError>;

    /// Gives each of these custom roles the level beside it, as if all at once: roles may
    /// exchange their levels. Changes nothing else. MUST answer [`RoleError::LevelTaken`] if
    /// two roles had one level afterwards, [`RoleError::NotFound`] for a role of another
    /// organization, and [`RoleError::NoFreeLevel`] if roles are to exchange levels while
    /// each of 1 to 99 is in use.
    async fn set_levels(&mut self, org: OrgId, levels: &[(RoleId, Level)]) -> Result<(), RoleError>;

    /// Deletes a role that nobody holds. MUST answer [`RoleError::InUse`] with the
    /// number of members (active or suspended) who hold it and of invitations (pending
    /// at `now`) that offer it if there are any, also when one is being assigned at the
    /// same time. Somebody invited counts once, as an invitation. Former members and settled or expired invitations lose the
    /// reference. [`RoleError::NotFound`] for a role of another organization.
    async fn delete(&mut self, org: OrgId, id: RoleId, now: Timestamp) -> Result<(), RoleError>;

    /// The catalogue entry for `permission` that `org` sees: a global one or its
    /// own; with `None` for `org`, a global one. `None` if there is none.
    async fn find_entry(
        &mut self,
        org: Option<OrgId>,
        permission: &Permission,
    ) -> Result<Option<CatalogueEntry>, RoleError>;

    /// Adds a catalogue entry; `false` when the same scope has the pair already,
    /// also when two transactions add it at once.
    async fn insert_entry(&mut self, entry: &CatalogueEntry) -> Result<bool, RoleError>;

    /// The catalogue that an organization sees, ordered by resource and action:
    /// global entries and its own, a pair that is in both only once (the global
    /// one).
    async fn list_entries(&mut self, org: OrgId) -> Result<Vec<CatalogueEntry>, RoleError>;
}
