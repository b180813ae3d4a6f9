//! Store port of roles. Every method runs in the transaction that gave access to the repository; none
//! commits.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, RoleId, Timestamp};
use bailiwick_rbac::{Pattern, Permission};

use crate::{CatalogueEntry, Level, RequiredGrant, Role, RoleError};

/// Result of [`RoleRepo::find_lacking`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lacking {
    /// The organizations in which a permission is lacking, in ascending order of their ids.
    pub orgs: Vec<OrgId>,
    /// The last organization that was looked at, after which there may be more; `None` if there were
    /// fewer than the limit.
    pub next: Option<OrgId>,
}

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

    /// Looks at the next organizations in ascending order of their ids, archived ones too: those after
    /// `after`, at most `limit`. Returns those in which a system role lacks a permission that it is to
    /// hold, because no grant of the role matches it ([`Pattern::matches`]). Locks nothing, so another
    /// transaction may add the grants meanwhile.
    async fn find_lacking(
        &mut self,
        required: &[RequiredGrant],
        after: Option<OrgId>,
        limit: u32,
    ) -> Result<Lacking, RoleError>;

    /// Locks these organizations in ascending order of their ids, archived ones too, as
    /// `OrgRepo::find` with `Lock::Update` does, and returns their system roles as they are under the lock,
    /// with their grants in the order given. An organization that does not exist is left out.
    async fn lock_system_roles(&mut self, orgs: &[OrgId]) -> Result<Vec<Role>, RoleError>;

    /// Adds grants to existing roles, after those that each role has. A grant that the role has already
    /// is left as it is.
    async fn add_grants(&mut self, grants: &[(RoleId, Vec<Pattern>)]) -> Result<(), RoleError>;

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
