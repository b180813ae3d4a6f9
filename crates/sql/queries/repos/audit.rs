//! The audit trail.

use async_trait::async_trait;
use bailiwick_app::AuditRepo;
use bailiwick_app::audit::{Actions, AuditFilter, Entry};
use bailiwick_kernel::{OrgId, Page, PageRequest, StoreError};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::AuditRow;
use bailiwick_sql::schema::audit_log;
use bailiwick_sql::types::{Key, SqlTimestamp};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::backend;
use super::paging::{rows_wanted, start};
use super::run::RunQueryDsl;
use super::transaction::Transaction;

#[async_trait]
impl AuditRepo for Transaction {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let rows = entries.iter().map(AuditRow::from).collect();
        backend::insert_audit(self.conn()?, rows).await.map_err(store_error)
    }

    async fn list(
        &mut self,
        org: Option<OrgId>,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<Entry>, StoreError> {
        let mut query = audit_log::table
            .order(audit_log::id.desc())
            .limit(rows_wanted(page))
            .select(AuditRow::as_select())
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(audit_log::id.lt(last));
        }
        if let Some(org) = org {
            query = query.filter(audit_log::org_id.eq(Key::from(org)));
        }
        if let Some(actor) = filter.actor {
            query = query.filter(audit_log::actor_id.eq(Key::from(actor)));
        }
        match &filter.actions {
            None => {}
            Some(Actions::One(action)) => {
                query = query.filter(audit_log::action.eq(action.as_str().to_owned()));
            }
            Some(Actions::OfNoun(noun)) => {
                // The column is compared by bytes on both databases, and `/` is the byte after `.`.
                let (first, after) = (format!("{}.", noun.as_str()), format!("{}/", noun.as_str()));
                query = query.filter(audit_log::action.ge(first)).filter(audit_log::action.lt(after));
            }
        }
        if let Some(target) = filter.target {
            query = query.filter(audit_log::target_id.eq(Key::from(target)));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_log::at.ge(SqlTimestamp::from(from)));
        }
        if let Some(to) = filter.to {
            query = query.filter(audit_log::at.lt(SqlTimestamp::from(to)));
        }
        let rows: Vec<AuditRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |entry: &Entry| entry.id.as_uuid()))
    }
}
