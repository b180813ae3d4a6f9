//! The audit trail.

use async_trait::async_trait;
use bailiwick_app::AuditRepo;
use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_kernel::{OrgId, Page, PageRequest, StoreError};

use super::{Flaw, MemoryTx};

#[async_trait]
impl AuditRepo for MemoryTx {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let state = self.changed().await?;
        state.audit.extend(entries.iter().map(|entry| (entry.id, entry.clone())));
        state.feed.extend(entries.iter().map(|entry| entry.id));
        Ok(())
    }

    async fn list(
        &mut self,
        org: Option<OrgId>,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<Entry>, StoreError> {
        let org = org.filter(|_| !self.has(Flaw::MissingTenantFilter));
        let is_before = |entry: &&Entry| page.after.is_none_or(|last| entry.id.as_uuid() < last.key());
        let fits = |entry: &&Entry| org.is_none_or(|org| entry.org == Some(org)) && filter.shows(entry);
        let newest_first = self.seen().audit.values().rev().filter(is_before).filter(fits);
        let rows = newest_first.take(page.limit.get() + 1).cloned().collect();
        Ok(Page::from_rows(rows, page.limit, |entry| entry.id.as_uuid()))
    }
}
