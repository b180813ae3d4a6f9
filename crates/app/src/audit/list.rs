//! Queries of the audit trail.

use async_trait::async_trait;
use bailiwick_kernel::OrgId;

use super::{AuditFilter, Entry};
use crate::authority::permission::AuditRead;
use crate::authority::{Allow, PlatformAdmin};
use crate::listing::{Listing, PageText};
use crate::{Error, Query, Work};

/// Lists the events of the organization, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListAudit {
    /// Filter of the events.
    pub filter: AuditFilter,
    /// The requested page.
    pub page: PageText,
}

#[async_trait]
impl Query for ListAudit {
    type Proof = Allow<AuditRead>;
    type Output = Listing<Entry>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error> {
        let org = work.proof.context().org;
        list(work, &format!("audit:{org}"), Some(org), &self.filter, &self.page).await
    }
}

/// Lists the events of all organizations and accounts, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListPlatformAudit {
    /// Restricts the list to this organization.
    pub org: Option<OrgId>,
    /// Filter of the events.
    pub filter: AuditFilter,
    /// The requested page.
    pub page: PageText,
}

#[async_trait]
impl Query for ListPlatformAudit {
    type Proof = PlatformAdmin;
    type Output = Listing<Entry>;

    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<Self::Output, Error> {
        list(work, &format!("platform-audit:{:?}", self.org), self.org, &self.filter, &self.page).await
    }
}

async fn list<P>(
    work: &mut Work<'_, P>,
    name: &str,
    org: Option<OrgId>,
    filter: &AuditFilter,
    page: &PageText,
) -> Result<Listing<Entry>, Error> {
    let list = format!("{name}:{filter:?}");
    let page = page.read(&list)?;
    Ok(Listing::new(work.tx.audit().list(org, filter, page).await?, &list))
}
