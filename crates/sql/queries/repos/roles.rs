//! Roles, their grants, and the catalogue.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, RoleId, StoreError, Timestamp};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{CatalogueEntry, Lacking, Level, RequiredGrant, Role, RoleError, RoleRepo};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{EntryRow, GrantRow, RoleRow, name_key, patterns};
use bailiwick_sql::schema::{permissions, role_permissions, roles};
use bailiwick_sql::types::{Key, optional};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl,
    SelectableHelper, delete, insert_into, update,
};

use super::backend::{self, Conn};
use super::role_error::role_error;
use super::run::RunQueryDsl;
use super::transaction::Transaction;
use super::{role_deletion, role_grants, role_levels};

/// Which roles are loaded.
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// All of an organization.
    All(OrgId),
    /// One of an organization.
    One(OrgId, RoleId),
    /// The system roles of several organizations.
    System(&'a [Key]),
}

/// Loads roles with their grants by one statement, with one row per grant, ordered by organization and level.
pub(super) async fn select(conn: &mut Conn, which: Which<'_>) -> Result<Vec<Role>, StoreError> {
    let query = roles::table
        .left_join(role_permissions::table.on(role_permissions::role_id.eq(roles::id)))
        .order((roles::org_id, roles::level.desc(), role_permissions::position, role_permissions::permission))
        .select((RoleRow::as_select(), role_permissions::permission.nullable()))
        .into_boxed();
    let query = match which {
        Which::All(org) => query.filter(roles::org_id.eq(Key::from(org))),
        Which::One(org, id) => {
            query.filter(roles::org_id.eq(Key::from(org))).filter(roles::id.eq(Key::from(id)))
        }
        Which::System(orgs) => {
            query.filter(roles::org_id.eq_any(orgs.to_vec())).filter(roles::system.is_not_null())
        }
    };
    let rows: Vec<(RoleRow, Option<String>)> = query.load(conn).await.map_err(store_error)?;
    let mut found: Vec<Role> = Vec::new();
    for (row, grant) in rows {
        if found.last().is_none_or(|role| Key::from(role.id) != row.id) {
            found.push(row.try_into()?);
        }
        if let Some(role) = found.last_mut() {
            role.permissions.extend(patterns(grant));
        }
    }
    Ok(found)
}

/// Checks that no other role of the organization has the name or the level of `role`. The
/// constraints decide in the end; this check finds out which of the two is taken.
async fn check_free(conn: &mut Conn, role: &Role) -> Result<(), RoleError> {
    let key = name_key(&role.name);
    let others = roles::table
        .filter(roles::org_id.eq(Key::from(role.org_id)))
        .filter(roles::id.ne(Key::from(role.id)))
        .filter(roles::name_key.eq(&key).or(roles::level.eq(i16::from(role.level.get()))))
        .select(roles::name_key)
        .load::<String>(conn)
        .await
        .map_err(store_error)?;
    match others.as_slice() {
        [] => Ok(()),
        names if names.contains(&key) => Err(RoleError::NameTaken),
        _ => Err(RoleError::LevelTaken),
    }
}

#[async_trait]
impl RoleRepo for Transaction {
    async fn insert(&mut self, role: &Role) -> Result<(), RoleError> {
        let conn = self.conn()?;
        check_free(conn, role).await?;
        insert_into(roles::table).values(RoleRow::from(role)).execute(conn).await.map_err(role_error)?;
        backend::insert_grants(conn, GrantRow::all_of(role)).await.map_err(role_error)
    }

    async fn find(&mut self, org: OrgId, id: RoleId) -> Result<Option<Role>, RoleError> {
        Ok(select(self.conn()?, Which::One(org, id)).await?.pop())
    }

    async fn list(&mut self, org: OrgId) -> Result<Vec<Role>, RoleError> {
        Ok(select(self.conn()?, Which::All(org)).await?)
    }

    async fn update(&mut self, role: &Role) -> Result<(), RoleError> {
        let conn = self.conn()?;
        let (id, org) = (Key::from(role.id), Key::from(role.org_id));
        if !backend::lock_role(conn, org, id).await.map_err(store_error)? {
            return Err(RoleError::NotFound);
        }
        check_free(conn, role).await?;
        let values = (
            roles::name.eq(role.name.as_str()),
            roles::name_key.eq(name_key(&role.name)),
            roles::description.eq(&role.description),
            roles::level.eq(i16::from(role.level.get())),
        );
        update(roles::table.find(id)).set(values).execute(conn).await.map_err(role_error)?;
        let former = role_permissions::table.filter(role_permissions::role_id.eq(id));
        delete(former).execute(conn).await.map_err(store_error)?;
        backend::insert_grants(conn, GrantRow::all_of(role)).await.map_err(role_error)
    }

    async fn set_levels(&mut self, org: OrgId, levels: &[(RoleId, Level)]) -> Result<(), RoleError> {
        role_levels::set(self.conn()?, org.into(), levels).await
    }

    async fn delete(&mut self, org: OrgId, id: RoleId, now: Timestamp) -> Result<(), RoleError> {
        role_deletion::delete(self.conn()?, org.into(), id.into(), now.into()).await
    }

    async fn find_lacking(
        &mut self,
        required: &[RequiredGrant],
        after: Option<OrgId>,
        limit: u32,
    ) -> Result<Lacking, RoleError> {
        Ok(role_grants::find_lacking(self.conn()?, required, after, limit).await.map_err(store_error)?)
    }

    async fn lock_system_roles(&mut self, orgs: &[OrgId]) -> Result<Vec<Role>, RoleError> {
        let conn = self.conn()?;
        let orgs = orgs.iter().copied().map(Key::from).collect();
        let locked = backend::lock_organizations(conn, orgs).await.map_err(store_error)?;
        Ok(select(conn, Which::System(&locked)).await?)
    }

    async fn add_grants(&mut self, grants: &[(RoleId, Vec<Pattern>)]) -> Result<(), RoleError> {
        role_grants::add(self.conn()?, grants).await.map_err(role_error)
    }

    async fn insert_entry(&mut self, entry: &CatalogueEntry) -> Result<bool, RoleError> {
        let insert = insert_into(permissions::table).values(EntryRow::from(entry)).on_conflict_do_nothing();
        Ok(insert.execute(self.conn()?).await.map_err(role_error)? == 1)
    }

    async fn list_entries(
        &mut self,
        org: Option<OrgId>,
        permission: Option<&Permission>,
    ) -> Result<Vec<CatalogueEntry>, RoleError> {
        let seen = permissions::org_id.is_null().or(permissions::org_id.eq(optional::<_, Key>(org)));
        let mut query = permissions::table
            .filter(seen)
            // Of a permission that is listed twice, the global entry first.
            .order((permissions::resource, permissions::action, permissions::org_id.is_null().desc()))
            .select(EntryRow::as_select())
            .into_boxed();
        if let Some(permission) = permission {
            query = query
                .filter(permissions::resource.eq(permission.resource()))
                .filter(permissions::action.eq(permission.action()));
        }
        let rows: Vec<EntryRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let mut entries: Vec<CatalogueEntry> =
            rows.into_iter().map(CatalogueEntry::try_from).collect::<Result<_, _>>()?;
        entries.dedup_by(|later, first| later.permission == first.permission);
        Ok(entries)
    }
}
