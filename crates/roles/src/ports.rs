//! Store port of roles. Every method runs in the transaction that gave access to the repository; none
//! commits.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, RoleId, Timestamp};
use bailiwick_rbac::Permission;

use crate::{CatalogueEntry, Level, Role, RoleError};

/// Repository of roles and the permission catalogue.
#[async_trait]
pub trait RoleRepo: Send {
    /// Adds a role with its grants. MUST fail with [`RoleError::NameTaken`] if a role of the organization
    /// has the name (ignoring case), else with [`RoleError::LevelTaken`] if one has the level.
    async fn insert(&mut self, role: &Role) -> Result<(), RoleError>;

    /// Returns the role with its grants in the order given; `None` for a role of another organization.
    async fn find(&mut self, org: OrgId, id: RoleId) -> Result<Option<Role>, RoleError>;

    /// Lists all roles of an organization, highest level first.
    async fn list(&mut self, org: OrgId) -> Result<Vec<Role>, RoleError>;

    /// Stores name, description, level and grants. [`RoleError::NameTaken`] or
    /// [`RoleError::LevelTaken`] if another role has the name or level, [`RoleError::NotFound`] if the
    /// role is gone.
    async fn update(&mut self, role: &Role) -> Result<(), RoleError>;

    /// Sets the levels of these custom roles as if all at once, so that roles may exchange their
    /// levels. Changes nothing else. MUST fail with [`RoleError::LevelTaken`] if two roles would have
    /// the same level, with [`RoleError::NotFound`] for a role of another organization, and with
    /// [`RoleError::NoFreeLevel`] if roles are to exchange levels while each of 1 to 99 is in use.
    async fn set_levels(&mut self, org: OrgId, levels: &[(RoleId, Level)]) -> Result<(), RoleError>;

    /// Deletes a role. MUST fail with [`RoleError::InUse`] if members (active or suspended) hold it or
    /// invitations (pending at `now`) offer it, including when it is assigned concurrently. An invited
    /// account counts once, as an invitation. Former members and closed or expired invitations lose the
    /// reference. [`RoleError::NotFound`] for a role of another organization.
    async fn delete(&mut self, org: OrgId, id: RoleId, now: Timestamp) -> Result<(), RoleError>;

    /// Adds a catalogue entry. `false` if its organization (for a global entry: the global catalogue) has
    /// the permission already, including when two transactions add it concurrently.
    async fn insert_entry(&mut self, entry: &CatalogueEntry) -> Result<bool, RoleError>;

    /// Returns the catalogue that `org` sees, ordered by resource and action: global entries and its own;
    /// if `org` is `None`, the global ones. A permission that is in both is listed once, as the global
    /// entry. If `permission` is given, returns its entry only.
    async fn list_entries(
        &mut self,
        org: Option<OrgId>,
        permission: Option<&Permission>,
    ) -> Result<Vec<CatalogueEntry>, RoleError>;
}
