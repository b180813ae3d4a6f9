//! Creating an organization, and listing the caller's organizations.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Slug, UserId};
use bailiwick_orgs::{Membership, OrgError, Organization};
use bailiwick_roles::Role;

use crate::audit::{Action, AuditEvent};
use crate::authority::Authenticated;
use crate::listing::{Listing, PageText};
use crate::ports::{OrgScope, OrgWithRole};
use crate::throttle::{Limit, RateLimitKey};
use crate::{Command, Error, Query, Work};

/// Stores an organization with its four system roles and `founder` as its owner. Returns the owner
/// role.
pub(crate) async fn found_organization<P>(
    work: &mut Work<'_, P>,
    org: &Organization,
    founder: UserId,
) -> Result<Role, Error> {
    work.tx.orgs().insert(org).await?;
    let roles = Role::born_with(org.id, work.settings.product(), work.ids, work.now);
    for role in &roles {
        work.tx.roles().insert(role).await?;
    }
    let owner = roles.into_iter().find(Role::is_owner).ok_or(OrgError::UnknownRole)?;
    let membership = Membership::active(org.id, founder, owner.id, work.now);
    work.tx.orgs().insert_membership(&membership).await?;
    let event = AuditEvent::new(Action::OrganizationCreate, org.id).within(org.id).after("owner", &founder);
    work.audit(event.after("name", &org.name).after("slug", &org.slug));
    Ok(owner)
}

/// Creates an organization; the caller becomes its owner.
#[derive(Clone, Debug)]
pub struct CreateOrganization {
    /// Its name.
    pub name: DisplayName,
    /// Its short name; derived from the name when absent.
    pub slug: Option<Slug>,
}

#[async_trait]
impl Command for CreateOrganization {
    type Proof = Authenticated;
    type Output = Organization;

    fn counts(&self, proof: &Authenticated) -> Vec<(Limit, RateLimitKey)> {
        vec![(Limit::FOUND, RateLimitKey::User(proof.actor().user))]
    }

    /// [`OrgError::SlugTaken`] if the chosen slug is in use or reserved.
    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<Organization, Error> {
        let org = Organization::found(self.name.clone(), self.slug.clone(), work.ids, work.now)?;
        let founder = work.proof.actor().user;
        found_organization(work, &org, founder).await?;
        Ok(org)
    }
}

/// Lists the organizations in which the caller is an active member, with the caller's role.
#[derive(Clone, Debug, Default)]
pub struct MyOrganizations {
    /// The page to return.
    pub page: PageText,
}

#[async_trait]
impl Query for MyOrganizations {
    type Proof = Authenticated;
    type Output = Listing<OrgWithRole>;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<Self::Output, Error> {
        let user = work.proof.actor().user;
        let list = format!("organizations:{user}");
        let page = self.page.read(&list)?;
        let found = work.tx.directory().list_organizations(user, OrgScope::Existing, Some(page)).await?;
        Ok(Listing::new(found, &list))
    }
}
