//! Lists for platform administrators.

use async_trait::async_trait;
use bailiwick_app::PlatformRepo;
use bailiwick_app::platform::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
use bailiwick_kernel::{Page, PageRequest, StoreError};
use bailiwick_orgs::{MembershipStatus, Organization};
use bailiwick_sql::error::{corrupt, store_error};
use bailiwick_sql::rows::{ListedMailRow, OrganizationRow, UserRow};
use bailiwick_sql::schema::{memberships, organizations, outbox, users};
use bailiwick_sql::search::Search;
use bailiwick_users::User;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper,
    TextExpressionMethods,
};

use super::backend::LOWER_ORG_NAME;
use super::directory::is_about;
use super::paging::{rows_wanted, start};
use super::run::RunQueryDsl;
use super::transaction::Transaction;

/// The empty page of a term that no stored text can contain.
fn nothing<T>() -> Page<T> {
    Page { items: Vec::new(), next: None }
}

#[async_trait]
impl PlatformRepo for Transaction {
    async fn list_users(&mut self, filter: &UserFilter, page: PageRequest) -> Result<Page<User>, StoreError> {
        let Some(search) = Search::for_part(filter.search.as_deref()) else { return Ok(nothing()) };
        let mut query = users::table
            .filter(is_about!(search))
            .order(users::id)
            .limit(rows_wanted(page))
            .select(UserRow::as_select())
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(users::id.gt(last));
        }
        if let Some(status) = filter.status {
            query = query.filter(users::status.eq(status.as_str()));
        }
        if let Some(admin) = filter.platform_admin {
            query = query.filter(users::platform_admin.eq(admin));
        }
        let rows: Vec<UserRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |user: &User| user.id.as_uuid()))
    }

    async fn list_organizations(
        &mut self,
        filter: &OrgFilter,
        page: PageRequest,
    ) -> Result<Page<OrgRecord>, StoreError> {
        let Some(search) = Search::for_part(filter.search.as_deref()) else { return Ok(nothing()) };
        let Search { folded, plain } = search;
        let in_slug = organizations::slug.like(folded.clone()).escape('\\');
        let in_name = organizations::folded_name.like(folded).escape('\\');
        // Names that are not folded yet are compared as they are.
        let in_unfolded_name =
            organizations::folded_name.is_null().and(sql::<Text>(LOWER_ORG_NAME).like(plain).escape('\\'));
        let active = memberships::table
            .filter(memberships::org_id.eq(organizations::id))
            .filter(memberships::status.eq(MembershipStatus::Active.as_str()));
        let mut query = organizations::table
            .filter(organizations::archived_at.is_null())
            .filter(in_slug.or(in_name).or(in_unfolded_name))
            .order(organizations::id)
            .limit(rows_wanted(page))
            .select((OrganizationRow::as_select(), active.count().single_value()))
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(organizations::id.gt(last));
        }
        let rows: Vec<(OrganizationRow, Option<i64>)> =
            query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(org_record).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |record: &OrgRecord| record.org.id.as_uuid()))
    }

    async fn list_mail(
        &mut self,
        filter: &MailFilter,
        page: PageRequest,
    ) -> Result<Page<MailRecord>, StoreError> {
        let Some(search) = Search::for_part(filter.search.as_deref()) else { return Ok(nothing()) };
        // Addresses consist of lower-case ASCII letters, so they are folded.
        let mut query = outbox::table
            .filter(outbox::recipient.like(search.folded).escape('\\'))
            .order(outbox::id.desc())
            .limit(rows_wanted(page))
            .select(ListedMailRow::as_select())
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(outbox::id.lt(last));
        }
        query = match filter.status {
            None => query,
            Some(MailStatus::Waiting) => query.filter(outbox::due_at.is_not_null()),
            Some(MailStatus::Sent) => query.filter(outbox::sent_at.is_not_null()),
            Some(MailStatus::Failed) => query.filter(outbox::due_at.is_null().and(outbox::sent_at.is_null())),
        };
        let rows: Vec<ListedMailRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(MailRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |record: &MailRecord| record.id.as_uuid()))
    }
}

fn org_record((org, members): (OrganizationRow, Option<i64>)) -> Result<OrgRecord, StoreError> {
    let members = u64::try_from(members.unwrap_or_default()).map_err(|_| corrupt("memberships"))?;
    Ok(OrgRecord { org: Organization::from(org), members })
}
