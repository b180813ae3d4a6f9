//! Organizations and memberships.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, OrgId, Timestamp, UserId, folded};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError, OrgRepo, Organization, Owners};
use bailiwick_roles::SystemRole;
use bailiwick_sql::constraint::{Rule, broken_rule};
use bailiwick_sql::error::{store_error, unless_referenced};
use bailiwick_sql::rows::{MembershipRow, NewOrganizationRow, OrganizationRow};
use bailiwick_sql::schema::{memberships, organizations, roles, users};
use bailiwick_sql::types::{Key, SqlTimestamp, optional};
use bailiwick_users::UserStatus;
use diesel::result::Error;
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    SelectableHelper, delete, insert_into, update,
};

use super::backend::{self, Conn};
use super::run::RunQueryDsl;
use super::transaction::Transaction;

fn org_error(error: Error) -> OrgError {
    match broken_rule(&error) {
        Some(Rule::OrgSlug) => OrgError::SlugTaken,
        Some(Rule::OneMembership) => OrgError::AlreadyMember,
        Some(Rule::RoleOfOrg) => OrgError::UnknownRole,
        Some(Rule::Reference) => OrgError::NotFound,
        _ => store_error(error).into(),
    }
}

fn touched(rows: QueryResult<usize>, otherwise: OrgError) -> Result<(), OrgError> {
    match rows.map_err(org_error)? {
        0 => Err(otherwise),
        _ => Ok(()),
    }
}

/// Finds the reference of a membership that is missing, where the database does not name it.
async fn explained(conn: &mut Conn, membership: &Membership, error: Error) -> OrgError {
    if broken_rule(&error) != Some(Rule::SomeReference) {
        return org_error(error);
    }
    match both_exist(conn, membership.org_id.into(), membership.user_id.into()).await {
        Ok(true) => OrgError::UnknownRole,
        Ok(false) => OrgError::NotFound,
        Err(error) => org_error(error),
    }
}

async fn both_exist(conn: &mut Conn, org: Key, user: Key) -> QueryResult<bool> {
    let orgs: i64 = organizations::table.find(org).count().get_result(conn).await?;
    let people: i64 = users::table.find(user).count().get_result(conn).await?;
    Ok(orgs + people == 2)
}

/// Selects the organization, unless it is archived.
#[diesel::dsl::auto_type]
fn existing(id: OrgId) -> _ {
    let key: Key = Key(id.as_uuid());
    organizations::table.find(key).filter(organizations::archived_at.is_null())
}

/// Selects the organizations that are not archived.
#[diesel::dsl::auto_type]
pub(super) fn living() -> _ {
    organizations::table.filter(organizations::archived_at.is_null()).select(organizations::id)
}

#[async_trait]
impl OrgRepo for Transaction {
    async fn insert(&mut self, org: &Organization) -> Result<(), OrgError> {
        let row = NewOrganizationRow::from(org);
        insert_into(organizations::table).values(row).execute(self.conn()?).await.map_err(org_error)?;
        Ok(())
    }

    async fn find(&mut self, id: OrgId, lock: Lock) -> Result<Option<Organization>, OrgError> {
        let conn = self.conn()?;
        let row = match lock {
            Lock::None => existing(id).select(OrganizationRow::as_select()).first(conn).await.optional(),
            Lock::Update => backend::lock_organization(conn, id.into()).await,
        };
        Ok(row.map_err(store_error)?.map(Organization::from))
    }

    async fn lock_owners(&mut self, id: OrgId) -> Result<Owners, OrgError> {
        OrgRepo::find(self, id, Lock::Update).await?.ok_or(OrgError::NotFound)?;
        let owners = memberships::table
            .inner_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::org_id.eq(Key::from(id)))
            .filter(memberships::status.eq(MembershipStatus::Active.as_str()))
            .filter(users::status.eq(UserStatus::Active.as_str()))
            .filter(roles::system.eq(SystemRole::Owner.as_str()))
            .order(users::id)
            .select(users::id)
            .load::<Key>(self.conn()?)
            .await
            .map_err(store_error)?;
        Ok(Owners::new(owners.into_iter().map(UserId::from).collect()))
    }

    async fn update(&mut self, org: &Organization) -> Result<(), OrgError> {
        let values = (
            organizations::name.eq(org.name.as_str()),
            organizations::slug.eq(org.slug.as_str()),
            organizations::folded_name.eq(Some(folded(org.name.as_str()))),
        );
        let rows = update(existing(org.id)).set(values).execute(self.conn()?).await;
        touched(rows, OrgError::NotFound)
    }

    async fn delete(&mut self, id: OrgId) -> Result<(), OrgError> {
        let rows = delete(existing(id)).execute(self.conn()?).await;
        touched(unless_referenced(rows)?, OrgError::NotFound)
    }

    async fn set_archived(&mut self, id: OrgId, at: Option<Timestamp>) -> Result<(), OrgError> {
        let conn = self.conn()?;
        let archived_at = organizations::archived_at.eq(optional::<_, SqlTimestamp>(at));
        let rows = if at.is_some() {
            update(existing(id)).set(archived_at).execute(conn).await
        } else {
            let archived = organizations::table.find(Key::from(id));
            let archived = archived.filter(organizations::archived_at.is_not_null());
            update(archived).set(archived_at).execute(conn).await
        };
        touched(rows, OrgError::NotFound)
    }

    async fn insert_membership(&mut self, membership: &Membership) -> Result<(), OrgError> {
        // The foreign key does not exclude archived organizations.
        if OrgRepo::find(self, membership.org_id, Lock::None).await?.is_none() {
            return Err(OrgError::NotFound);
        }
        let conn = self.conn()?;
        let row = MembershipRow::from(membership);
        match insert_into(memberships::table).values(row).execute(conn).await {
            Ok(_) => Ok(()),
            Err(error) => Err(explained(conn, membership, error).await),
        }
    }

    async fn update_membership(&mut self, membership: &Membership) -> Result<(), OrgError> {
        let conn = self.conn()?;
        let pair = (Key::from(membership.org_id), Key::from(membership.user_id));
        let values = (
            memberships::role_id.eq(optional::<_, Key>(membership.role_id)),
            memberships::status.eq(membership.status.as_str()),
            memberships::invited_until.eq(optional::<_, SqlTimestamp>(membership.invited_until)),
            memberships::joined_at.eq(optional::<_, SqlTimestamp>(membership.joined_at)),
        );
        let stored = memberships::table.find(pair).filter(memberships::org_id.eq_any(living()));
        match update(stored).set(values).execute(conn).await {
            Err(error) => Err(explained(conn, membership, error).await),
            rows => touched(rows, OrgError::NotMember),
        }
    }

    async fn delete_membership(&mut self, org: OrgId, user: UserId) -> Result<(), OrgError> {
        let pair = (Key::from(org), Key::from(user));
        let stored = memberships::table.find(pair).filter(memberships::org_id.eq_any(living()));
        delete(stored).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }
}
