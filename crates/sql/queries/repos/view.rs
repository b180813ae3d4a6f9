//! Loads, by one statement, everything that decides an authority query.

use std::sync::Arc;

use bailiwick_app::ports::{MembershipView, RoleView, SessionView};
use bailiwick_app::{AuthorityQuery, AuthorityView};
use bailiwick_kernel::StoreError;
use bailiwick_rbac::PermissionSet;
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{level, membership_status, patterns, system_role, user_status};
use bailiwick_sql::schema::{memberships, organizations, role_permissions, roles, sessions, users};
use bailiwick_sql::types::{Key, SqlTimestamp, optional};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult,
};

use super::backend::Conn;
use super::run::RunQueryDsl;

type Account = (String, bool);
type Session = (Option<SqlTimestamp>, SqlTimestamp);
type Membership = (String, Option<SqlTimestamp>);
type Role = (Key, String, i16, Option<String>);
/// A row of the view. There is a row per grant, and all columns but the last repeat.
type Row = (Account, Option<Session>, Option<Membership>, Option<Role>, Option<String>);

pub(in super::super) async fn load(
    conn: &mut Conn,
    query: &AuthorityQuery,
) -> Result<Option<AuthorityView>, StoreError> {
    let rows = select(conn, query).await.map_err(store_error)?;
    let mut rows = rows.into_iter();
    let Some(((status, platform_admin), session, membership, role, grant)) = rows.next() else {
        return Ok(None);
    };
    let grants = std::iter::once(grant).chain(rows.map(|row| row.4));
    let role = role.map(|role| role_view(role, grants)).transpose()?.map(Arc::new);
    Ok(Some(AuthorityView {
        user_status: user_status(&status)?,
        platform_admin,
        session: session.map(|(ended_at, expires_at)| SessionView {
            ended_at: optional(ended_at),
            expires_at: expires_at.into(),
        }),
        membership: membership
            .map(|(status, invited_until)| {
                let status = membership_status(&status)?;
                Ok::<_, StoreError>(MembershipView { status, invited_until: optional(invited_until), role })
            })
            .transpose()?,
    }))
}

fn role_view(
    (id, name, number, system): Role,
    grants: impl Iterator<Item = Option<String>>,
) -> Result<RoleView, StoreError> {
    Ok(RoleView {
        id: id.into(),
        name,
        level: level(number)?,
        system: system.as_deref().map(system_role).transpose()?,
        permissions: PermissionSet::new(patterns(grants.flatten())),
    })
}

/// Loads the rows. A query without session or organization joins with NULL, which equals nothing.
async fn select(conn: &mut Conn, query: &AuthorityQuery) -> QueryResult<Vec<Row>> {
    let session: Option<Key> = optional(query.session);
    let org: Option<Key> = optional(query.org);
    let the_session = sessions::id.nullable().eq(session).and(sessions::user_id.eq(users::id));
    let the_org = organizations::id.nullable().eq(org).and(organizations::archived_at.is_null());
    let the_membership = memberships::org_id.eq(organizations::id).and(memberships::user_id.eq(users::id));
    users::table
        .left_join(sessions::table.on(the_session))
        .left_join(organizations::table.on(the_org))
        .left_join(memberships::table.on(the_membership))
        .left_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
        .left_join(role_permissions::table.on(role_permissions::role_id.eq(roles::id)))
        .filter(users::id.eq(Key::from(query.user)))
        .order((role_permissions::position.asc(), role_permissions::permission.asc()))
        .select((
            (users::status, users::platform_admin),
            (sessions::ended_at, sessions::expires_at).nullable(),
            (memberships::status, memberships::invited_until).nullable(),
            (roles::id, roles::name, roles::level, roles::system).nullable(),
            role_permissions::permission.nullable(),
        ))
        .load(conn)
        .await
}
