//! Lists that join several tables.

use async_trait::async_trait;
use bailiwick_app::invitations::InvitationRecord;
use bailiwick_app::ports::{
    DirectoryRepo, InvitationFilter, MemberFilter, MemberRecord, OrgScope, OrgWithRole, RoleRef,
};
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{DisplayName, OrgId, Page, PageRequest, StoreError, Timestamp, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{InvitationRow, MembershipRow, OrganizationRow, UserRow, level};
use bailiwick_sql::schema::{invitations, memberships, organizations, roles, users};
use bailiwick_sql::search::Search;
use bailiwick_sql::types::{Key, SqlTimestamp};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, SelectableHelper, TextExpressionMethods,
};
use uuid::Uuid;

use super::invites::PENDING;
use super::orgs::living;
use super::paging::{rows_wanted, start};
use super::run::RunQueryDsl;
use super::transaction::Transaction;

diesel::define_sql_function! {
    /// Lowers ASCII letters only, because the columns have the collation "C".
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// Removes trailing spaces, which a full name without a last name has.
    fn rtrim(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Condition that the address or the full name of an account contains the search term. Names that
/// are not folded yet are compared as they are. A macro, because the type of the expression cannot
/// be named.
macro_rules! is_about {
    ($search:expr) => {{
        let search: bailiwick_sql::search::Search = $search;
        let full_name = bailiwick_sql::schema::users::first_name
            .concat(" ")
            .concat(bailiwick_sql::schema::users::last_name);
        let full_name = super::directory::lower(super::directory::rtrim(full_name));
        let in_email = bailiwick_sql::schema::users::email.like(search.folded.clone()).escape('\\');
        let in_name = bailiwick_sql::schema::users::folded_name.like(search.folded).escape('\\');
        let is_unfolded = bailiwick_sql::schema::users::folded_name.is_null();
        in_email.or(in_name).or(is_unfolded.and(full_name.like(search.plain).escape('\\')))
    }};
}
pub(super) use is_about;

type RoleColumns = (Key, String, i16);
type MemberRow = (UserRow, MembershipRow, Option<RoleColumns>);
type InvitationColumns = (InvitationRow, String, Option<RoleColumns>);

fn role_ref((id, name, number): RoleColumns) -> Result<RoleRef, StoreError> {
    Ok(RoleRef { id: id.into(), name, level: level(number)? })
}

fn member((user, membership, role): MemberRow) -> Result<MemberRecord, StoreError> {
    Ok(MemberRecord {
        user: user.try_into()?,
        membership: membership.try_into()?,
        role: role.map(role_ref).transpose()?,
    })
}

fn invitation(
    (invitation, organization, role): InvitationColumns,
    now: Timestamp,
) -> Result<InvitationRecord, StoreError> {
    let invitation = Invitation::try_from(invitation)?;
    Ok(InvitationRecord {
        status: invitation.status(now),
        invitation,
        organization: DisplayName::from_stored(organization),
        role: role.map(role_ref).transpose()?,
    })
}

#[async_trait]
impl DirectoryRepo for Transaction {
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError> {
        let row = memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .left_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
            .filter(memberships::org_id.eq(Key::from(org)))
            .filter(memberships::org_id.eq_any(living()))
            .filter(memberships::user_id.eq(Key::from(user)))
            .select((
                UserRow::as_select(),
                MembershipRow::as_select(),
                (roles::id, roles::name, roles::level).nullable(),
            ))
            .first::<MemberRow>(self.conn()?)
            .await;
        row.optional().map_err(store_error)?.map(member).transpose()
    }

    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError> {
        let rows: Vec<MemberRow> = memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .inner_join(organizations::table.on(organizations::id.eq(memberships::org_id)))
            .left_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
            .filter(memberships::user_id.eq(Key::from(user)))
            .filter(organizations::archived_at.is_null())
            .order(memberships::org_id)
            .select((
                UserRow::as_select(),
                MembershipRow::as_select(),
                (roles::id, roles::name, roles::level).nullable(),
            ))
            .load(self.conn()?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(member).collect()
    }

    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError> {
        let still_open = memberships::status
            .ne(MembershipStatus::Invited.as_str())
            .or(memberships::invited_until.is_null())
            .or(memberships::invited_until.gt(SqlTimestamp::from(now)));
        let mut query = memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .left_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
            .filter(memberships::org_id.eq(Key::from(org)))
            .filter(memberships::org_id.eq_any(living()))
            .filter(still_open)
            .order(memberships::user_id)
            .limit(rows_wanted(page))
            .select((
                UserRow::as_select(),
                MembershipRow::as_select(),
                (roles::id, roles::name, roles::level).nullable(),
            ))
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(memberships::user_id.gt(last));
        }
        query = match &filter.statuses {
            Some(statuses) => query.filter(memberships::status.eq_any(statuses.iter().map(|s| s.as_str()))),
            None => query.filter(memberships::status.ne(MembershipStatus::Removed.as_str())),
        };
        if let Some(statuses) = &filter.accounts {
            query = query.filter(users::status.eq_any(statuses.iter().map(|status| status.as_str())));
        }
        if let Some(roles) = &filter.roles {
            query = query.filter(memberships::role_id.eq_any(roles.iter().copied().map(Key::from)));
        }
        if let Some(part) = &filter.search {
            let Some(search) = Search::for_part(Some(part)) else {
                return Ok(Page { items: Vec::new(), next: None });
            };
            query = query.filter(is_about!(search));
        }
        let rows: Vec<MemberRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(member).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |record: &MemberRecord| record.user.id.as_uuid()))
    }

    async fn list_organizations(
        &mut self,
        user: UserId,
        scope: OrgScope,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError> {
        let mut query = memberships::table
            .inner_join(organizations::table.on(organizations::id.eq(memberships::org_id)))
            .inner_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
            .filter(memberships::user_id.eq(Key::from(user)))
            .filter(memberships::status.eq(MembershipStatus::Active.as_str()))
            .order(memberships::org_id)
            .select((OrganizationRow::as_select(), (roles::id, roles::name, roles::level)))
            .into_boxed();
        query = match scope {
            OrgScope::Existing => query.filter(organizations::archived_at.is_null()),
            OrgScope::Archived => query.filter(organizations::archived_at.is_not_null()),
        };
        if let Some(page) = page {
            query = query.limit(rows_wanted(page));
        }
        if let Some(last) = page.and_then(start) {
            query = query.filter(memberships::org_id.gt(last));
        }
        let rows: Vec<(OrganizationRow, RoleColumns)> =
            query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows
            .into_iter()
            .map(|(org, role)| Ok(OrgWithRole { org: org.into(), role: role_ref(role)? }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(page_of(items, page, |entry| entry.org.id.as_uuid()))
    }

    async fn list_invitations(
        &mut self,
        filter: &InvitationFilter,
        now: Timestamp,
        page: Option<PageRequest>,
    ) -> Result<Page<InvitationRecord>, StoreError> {
        let mut query = invitations::table
            .inner_join(organizations::table.on(organizations::id.eq(invitations::org_id)))
            .left_join(roles::table.on(roles::id.nullable().eq(invitations::role_id)))
            .filter(organizations::archived_at.is_null())
            .order(invitations::id)
            .select((
                InvitationRow::as_select(),
                organizations::name,
                (roles::id, roles::name, roles::level).nullable(),
            ))
            .into_boxed();
        if let Some(org) = filter.org {
            query = query.filter(invitations::org_id.eq(Key::from(org)));
        }
        if let Some(email) = &filter.email {
            query = query.filter(invitations::email.eq(email.as_str()));
        }
        let at = SqlTimestamp::from(now);
        // `expired` is never stored: it is `pending` after `expires_at`.
        query = match filter.status {
            None => query,
            Some(InvitationStatus::Pending) => {
                query.filter(invitations::status.eq(PENDING)).filter(invitations::expires_at.gt(at))
            }
            Some(InvitationStatus::Expired) => {
                query.filter(invitations::status.eq(PENDING)).filter(invitations::expires_at.le(at))
            }
            Some(closed) => query.filter(invitations::status.eq(closed.as_str())),
        };
        if let Some(page) = page {
            query = query.limit(rows_wanted(page));
        }
        if let Some(last) = page.and_then(start) {
            query = query.filter(invitations::id.gt(last));
        }
        let rows: Vec<InvitationColumns> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(|row| invitation(row, now)).collect::<Result<Vec<_>, _>>()?;
        Ok(page_of(items, page, |record| record.invitation.id.as_uuid()))
    }
}

fn page_of<T>(items: Vec<T>, page: Option<PageRequest>, key: impl Fn(&T) -> Uuid) -> Page<T> {
    match page {
        Some(page) => Page::from_rows(items, page.limit, key),
        None => Page { items, next: None },
    }
}
