//! What a test sees of the data without a request.

use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_kernel::{PageRequest, StoreError};

use crate::app::TestApp;

impl TestApp {
    /// Returns the audit trail of all organizations and accounts, in the order of ids: oldest first, as far
    /// as the clock was not set back.
    pub async fn audit(&self) -> Vec<Entry> {
        self.read_audit().await.expect("the audit trail can be read")
    }

    /// Returns the audit rows of one action, such as `member.suspend`, in the same order.
    pub async fn audit_of(&self, action: &str) -> Vec<Entry> {
        let mut rows = self.audit().await;
        rows.retain(|row| row.action.as_str() == action);
        rows
    }

    async fn read_audit(&self) -> Result<Vec<Entry>, StoreError> {
        let mut tx = self.store().begin_read().await?;
        let (mut rows, mut page) = (Vec::new(), PageRequest::default());
        loop {
            let found = tx.audit().list(None, &AuditFilter::default(), page).await?;
            rows.extend(found.items);
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        tx.rollback().await?;
        rows.reverse();
        Ok(rows)
    }
}
