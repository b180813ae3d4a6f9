//! Reads the state of a database for an operator.

use bailiwick_kernel::{OrgId, Timestamp};
use bailiwick_orgs::MembershipStatus;
use bailiwick_roles::SystemRole;
use bailiwick_sql::failure::statement_failure;
use bailiwick_sql::schema::{memberships, organizations, outbox, roles, sessions, users};
use bailiwick_sql::types::Key;
use bailiwick_sql::{Contents, Health, OpenError, Undeliverable};
use bailiwick_users::UserStatus;
use diesel::dsl::{count_star, exists, not, select};
use diesel::migration::{Migration, MigrationSource};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
};
use diesel_async::SimpleAsyncConnection;

use super::backend::{BEGIN_READ, Conn, Db, MIGRATIONS};
use super::migrations::{self, __diesel_schema_migrations};
use super::run::RunQueryDsl;

/// Reads everything in one transaction, which ends with the connection.
pub(in super::super::super) async fn inspect(
    conn: &mut Conn,
    clock: Option<Timestamp>,
) -> Result<Health, OpenError> {
    let unavailable = |error: diesel::result::Error| OpenError::Unavailable(statement_failure(&error));
    conn.batch_execute(BEGIN_READ).await.map_err(unavailable)?;
    let pending_migrations = migrations::pending(conn).await?;
    let own_versions = versions()?;
    let none_applied = pending_migrations.len() == own_versions.len();
    let unknown_migrations =
        if none_applied { Vec::new() } else { unknown(conn, &own_versions).await.map_err(unavailable)? };
    let contents = match contents(conn).await {
        Ok(contents) => Some(contents),
        // A missing migration may be the reason of the failure.
        Err(_) if !pending_migrations.is_empty() => None,
        Err(error) => return Err(unavailable(error)),
    };
    let is_empty = none_applied && contents.is_none();
    Ok(Health { clock, pending_migrations, unknown_migrations, is_empty, contents })
}

/// Returns the versions of the migrations of this release.
fn versions() -> Result<Vec<String>, OpenError> {
    let migrations: Vec<Box<dyn Migration<Db>>> =
        MIGRATIONS.migrations().map_err(|error| OpenError::Migration(error.to_string()))?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

async fn unknown(conn: &mut Conn, own_versions: &[String]) -> QueryResult<Vec<String>> {
    let table = __diesel_schema_migrations::table;
    let applied = table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load::<String>(conn)
        .await?;
    Ok(applied.into_iter().filter(|version| !own_versions.contains(version)).collect())
}

async fn contents(conn: &mut Conn) -> QueryResult<Contents> {
    Ok(Contents {
        ownerless: ownerless(conn).await?,
        administered: administered(conn).await?,
        has_sessions: select(exists(sessions::table.select(sessions::id))).get_result(conn).await?,
        undeliverable: undeliverable(conn).await?,
    })
}

async fn ownerless(conn: &mut Conn) -> QueryResult<Vec<OrgId>> {
    let owners = memberships::table
        .inner_join(roles::table.on(roles::id.nullable().eq(memberships::role_id)))
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::org_id.eq(organizations::id))
        .filter(memberships::status.eq(MembershipStatus::Active.as_str()))
        // A new account with an unverified address owns the organization created with it.
        .filter(users::status.ne(UserStatus::Inactive.as_str()))
        .filter(roles::system.eq(SystemRole::Owner.as_str()))
        .select(users::id);
    let ids = organizations::table
        .filter(not(exists(owners)))
        .filter(organizations::archived_at.is_null())
        .order(organizations::id)
        .select(organizations::id)
        .load::<Key>(conn)
        .await?;
    Ok(ids.into_iter().map(OrgId::from).collect())
}

async fn administered(conn: &mut Conn) -> QueryResult<bool> {
    let administrators =
        users::table.filter(users::platform_admin).filter(users::status.eq(UserStatus::Active.as_str()));
    select(exists(administrators)).get_result(conn).await
}

async fn undeliverable(conn: &mut Conn) -> QueryResult<Undeliverable> {
    let given_up = || outbox::table.filter(outbox::sent_at.is_null()).filter(outbox::due_at.is_null());
    let count: i64 = given_up().select(count_star()).get_result(conn).await?;
    let last_error = given_up()
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .select(outbox::last_error)
        .first::<Option<String>>(conn)
        .await
        .optional()?;
    Ok(Undeliverable { count: count.unsigned_abs(), last_error: last_error.flatten() })
}
