//! The permissions of the product at the start: their entries in the catalogue, and the grants of the
//! declared ones in organizations that exist.

use async_trait::async_trait;
use bailiwick_kernel::OrgId;
use bailiwick_roles::{CatalogueEntry, Lacking, built_in_catalogue};

use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::{App, Command, Error, Query, Work};

/// Number of organizations that one step looks at. It bounds the time of a query, so that a start with
/// any number of organizations makes progress within the limits of a statement.
const STEP: u32 = 500;

/// Number of organizations that get their grants in one transaction. Writes in them wait for it, so it
/// is short.
const BATCH: usize = 100;

impl App {
    /// Brings the stored data up to the permissions of the product: [`Self::insert_catalogue`], then
    /// [`Self::grant_declared`] in all organizations of [`Self::find_lacking`]. Run it at each start,
    /// before requests are served. It may be interrupted at any time and run again, also by several
    /// nodes at once.
    pub async fn complete_catalogue(&self) -> Result<(), Error> {
        self.insert_catalogue().await?;
        let mut after = None;
        loop {
            let lacking = self.find_lacking(after).await?;
            self.grant_declared(&lacking.orgs).await?;
            after = lacking.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Inserts the built-in permissions and those of the product into the global catalogue, where they are
    /// missing. An entry that exists keeps its description.
    pub async fn insert_catalogue(&self) -> Result<(), Error> {
        self.run(&Public, &InsertCatalogue).await
    }

    /// Returns those of the next 500 organizations after `after` in which a system role lacks a declared
    /// permission, and the position for the next call. Locks and writes nothing.
    pub async fn find_lacking(&self, after: Option<OrgId>) -> Result<Lacking, Error> {
        if self.parts().settings.declared.is_empty() {
            return Ok(Lacking::default());
        }
        self.query(&Public, &FindLacking { after }).await
    }

    /// Grants the declared permissions to the system roles of these organizations that lack them. On
    /// PostgreSQL it is much faster beside
    /// [`Authority::run_invalidation`](crate::Authority::run_invalidation), because other nodes can then
    /// confirm each transaction.
    pub async fn grant_declared(&self, orgs: &[OrgId]) -> Result<(), Error> {
        for batch in orgs.chunks(BATCH) {
            let roles = self.run(&Public, &GrantDeclared { orgs: batch.to_vec() }).await?;
            if roles > 0 {
                let organizations = batch.len();
                tracing::info!(
                    roles,
                    organizations,
                    "granted declared permissions in existing organizations"
                );
            }
        }
        Ok(())
    }
}

/// Inserts missing entries of the global catalogue.
struct InsertCatalogue;

#[async_trait]
impl Command for InsertCatalogue {
    type Proof = Public;
    type Output = ();
    const MAY_BE_VETOED: bool = false;

    /// The entries are inserted in the order of their names, so that nodes which start at once wait for each
    /// other and never for a deadlock.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let mut catalogue = built_in_catalogue(work.settings.product());
        catalogue.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (permission, description) in catalogue {
            let entry = CatalogueEntry::new(None, permission, description, work.ids, work.now);
            work.tx.roles().insert_entry(&entry).await?;
        }
        Ok(())
    }
}

/// Finds the next organizations in which a system role lacks a declared permission.
struct FindLacking {
    after: Option<OrgId>,
}

#[async_trait]
impl Query for FindLacking {
    type Proof = Public;
    type Output = Lacking;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Lacking, Error> {
        let required = work.settings.product().required_grants();
        Ok(work.tx.roles().find_lacking(&required, self.after, STEP).await?)
    }
}

/// Adds what the system roles of these organizations lack, with one audit row for each role. Returns the
/// number of roles that lacked anything: none of those that another node has completed meanwhile.
struct GrantDeclared {
    orgs: Vec<OrgId>,
}

#[async_trait]
impl Command for GrantDeclared {
    type Proof = Public;
    type Output = usize;
    const ALTERS_AUTHORITY: bool = true;
    const MAY_BE_VETOED: bool = false;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<usize, Error> {
        let mut grants = Vec::new();
        for role in work.tx.roles().lock_system_roles(&self.orgs).await? {
            let missing = work.settings.product().missing_in(&role);
            if missing.is_empty() {
                continue;
            }
            let completed = [role.permissions.clone(), missing.clone()].concat();
            let event = AuditEvent::new(Action::RoleUpdate, role.id).within(role.org_id);
            work.audit(event.change("permissions", &role.permissions, &completed));
            grants.push((role.id, missing));
        }
        work.tx.roles().add_grants(&grants).await?;
        Ok(grants.len())
    }
}
