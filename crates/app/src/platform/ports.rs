//! What the lists need from a store.

use async_trait::async_trait;
use bailiwick_kernel::{Page, PageRequest, StoreError};
use bailiwick_users::User;

use super::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};

/// Lists of everything there is, whatever the organization.
#[async_trait]
pub trait PlatformRepo: Send {
    /// The accounts that fit the filter, in ascending order of id.
    async fn list_users(&mut self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError>;

    /// The organizations that fit the filter, in ascending order of id; those
    /// that are archived are not among them.
    async fn list_organizations(
        &mut self,
        filter: &OrgFilter,
        page: PageRequest,
    ) -> Result<Page<OrgRecord>, StoreError>;

    /// The mail that fits the filter, in descending order of id: waiting, sent and
    /// given up.
    async fn list_mail(
        &mut self,
        filter: &MailFilter,
        page: PageRequest,
    ) -> Result<Page<MailRecord>, StoreError>;
}
