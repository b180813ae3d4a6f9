//! The store port of the platform's lists.

use async_trait::async_trait;
use bailiwick_kernel::{Page, PageRequest, StoreError};
use bailiwick_users::User;

use super::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};

/// Lists across all organizations.
#[async_trait]
pub trait PlatformRepo: Send {
    /// Returns the accounts that match the filter, in ascending order of id.
    async fn list_users(&mut self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// Returns the organizations that match the filter, in ascending order of id, without archived
    /// ones.
    async fn list_organizations(
        &mut self,
        filter: &OrgFilter,
        page: PageRequest,
    ) -> Result<Page<OrgRecord>, StoreError>;

    /// Returns the mail that matches the filter, in descending order of id: waiting, sent and failed.
    async fn list_mail(
        &mut self,
        filter: &MailFilter,
        page: PageRequest,
    ) -> Result<Page<MailRecord>, StoreError>;
}
