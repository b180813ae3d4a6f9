//! Lists for platform administrators.

use async_trait::async_trait;
use bailiwick_app::PlatformRepo;
use bailiwick_app::platform::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};
use bailiwick_kernel::{Page, PageRequest, StoreError};
use bailiwick_orgs::{MembershipStatus, Organization};
use bailiwick_users::User;

use super::MemoryTx;
use super::directory::{holds_part, is_about};
use super::state::{State, StoredMail, page_of};

#[async_trait]
impl PlatformRepo for MemoryTx {
    async fn list_users(&mut self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError> {
        let fits = |user: &&User| {
            filter.status.is_none_or(|status| user.status == status)
                && filter.platform_admin.is_none_or(|admin| user.platform_admin == admin)
                && filter.search.as_deref().is_none_or(|part| is_about(user, part))
        };
        Ok(page_of(self.seen().users.values().filter(fits).cloned(), page, |user| user.id.as_uuid()))
    }

    async fn list_organizations(
        &mut self,
        filter: &OrgFilter,
        page: PageRequest,
    ) -> Result<Page<OrgRecord>, StoreError> {
        let state = self.seen();
        let existing = state.orgs.keys().filter_map(|id| state.org(*id));
        let listed = existing
            .filter(|org| {
                holds(org.name.as_str(), filter.search.as_ref())
                    || holds(org.slug.as_str(), filter.search.as_ref())
            })
            .map(|org| record(state, org));
        Ok(page_of(listed, page, |record| record.org.id.as_uuid()))
    }

    async fn list_mail(
        &mut self,
        filter: &MailFilter,
        page: PageRequest,
    ) -> Result<Page<MailRecord>, StoreError> {
        let is_before = |mail: &MailRecord| page.after.is_none_or(|last| mail.id.as_uuid() < last.key());
        let fits = |mail: &MailRecord| {
            filter.status.is_none_or(|status| mail.status() == status)
                && holds(mail.to.as_str(), filter.search.as_ref())
        };
        let newest_first = self.seen().outbox.values().rev().map(StoredMail::record);
        let rows = newest_first.filter(is_before).filter(fits).take(page.limit.get() + 1).collect();
        Ok(Page::from_rows(rows, page.limit, |mail| mail.id.as_uuid()))
    }
}

/// Whether the text contains the search term, or there is none.
fn holds(text: &str, search: Option<&String>) -> bool {
    search.is_none_or(|part| holds_part(text, part))
}

fn record(state: &State, org: &Organization) -> OrgRecord {
    let active = |status| status == MembershipStatus::Active;
    let members = state.memberships_of(org.id).filter(|membership| active(membership.status)).count();
    OrgRecord { org: org.clone(), members: members.try_into().unwrap_or(u64::MAX) }
}
