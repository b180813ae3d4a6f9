//! Reading, changing and deleting an organization.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Lock, OrgId, Slug};
use bailiwick_orgs::{OrgError, Organization};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::{OrgDelete, OrgRead, OrgWrite};
use crate::{Command, Error, Query, Work};

/// Reads the organization.
#[derive(Clone, Copy, Debug)]
pub struct ReadOrganization;

#[async_trait]
impl Query for ReadOrganization {
    type Proof = Allow<OrgRead>;
    type Output = Organization;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Organization, Error> {
        let org = work.proof.context().org;
        find(work, org).await
    }
}

/// Changes name and slug; absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct ChangeOrganization {
    /// The new name.
    pub name: Option<DisplayName>,
    /// The new short name.
    pub slug: Option<Slug>,
}

#[async_trait]
impl Command for ChangeOrganization {
    type Proof = Allow<OrgWrite>;
    type Output = Organization;

    /// [`OrgError::SlugTaken`] if another organization has the slug, or it is reserved.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Organization, Error> {
        let org = work.proof.context().org;
        let before = find(work, org).await?;
        let mut org = before.clone();
        org.name = self.name.clone().unwrap_or(org.name);
        if let Some(slug) = self.slug.clone() {
            org.set_slug(slug)?;
        }
        work.tx.orgs().update(&org).await?;
        let event = AuditEvent::new(Action::OrganizationUpdate, org.id);
        let event = event.change("name", &before.name, &org.name).change("slug", &before.slug, &org.slug);
        work.audit_changes(event);
        Ok(org)
    }
}

/// Deletes the organization with everything in it. Requires both the permission and ownership.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOrganization;

#[async_trait]
impl Command for DeleteOrganization {
    type Proof = Allow<OrgDelete>;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<(), Error> {
        work.proof.context().require_owner()?;
        let org = work.proof.context().org;
        let org = find(work, org).await?;
        delete_organization(work, &org).await
    }
}

pub(crate) async fn delete_organization<P>(work: &mut Work<'_, P>, org: &Organization) -> Result<(), Error> {
    work.tx.orgs().delete(org.id).await?;
    let event = AuditEvent::new(Action::OrganizationDelete, org.id).within(org.id);
    work.audit(event.before("name", &org.name).before("slug", &org.slug));
    Ok(())
}

async fn find<P>(work: &mut Work<'_, P>, org: OrgId) -> Result<Organization, Error> {
    Ok(work.tx.orgs().find(org, Lock::None).await?.ok_or(OrgError::NotFound)?)
}
