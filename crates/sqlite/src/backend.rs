//! Parts of the queries that are specific to SQLite. No row is locked explicitly, because a
//! transaction that writes locks the whole file from its first statement.

use bailiwick_sql::rows::{AuditRow, GrantRow, LackingRow, OrganizationRow};
use bailiwick_sql::schema::{audit_log, organizations, role_permissions, roles, users};
use bailiwick_sql::types::{Id, Key};
use diesel::connection::{Connection, TransactionDepthChange, TransactionManager, TransactionManagerStatus};
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper, SqliteConnection,
    sql_query,
};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

use super::sql::run::RunQueryDsl;
use super::threads::Threads;

pub type Conn = SyncConnectionWrapper<SqliteConnection, Threads>;
pub(crate) type Db = diesel::sqlite::Sqlite;

pub(crate) use bailiwick_migrations::SQLITE as MIGRATIONS;

/// A deferred transaction that reads first and then writes fails at once if another connection
/// wrote in between; an immediate one waits for the lock.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub(crate) const BEGIN_READ: &str = "BEGIN DEFERRED";
pub(crate) const COMMIT: &str = "COMMIT";

/// Connections of a pool that belongs to an embedding program, which SQLite does not have.
pub(crate) enum ForeignSession {}

/// The settings that such a connection had.
pub(crate) enum SavedSettings {}

impl ForeignSession {
    /// Is never called, like the others.
    #[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
    pub(crate) async fn take(&self, _pool: &Pool<Conn>) -> Option<Result<Object<Conn>, PoolError>> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
    pub(crate) async fn enter(&self, _conn: &mut Conn) -> QueryResult<SavedSettings> {
        match *self {}
    }
}

impl SavedSettings {
    #[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
    pub(crate) async fn restore(self, _conn: &mut Conn) -> QueryResult<()> {
        match self {}
    }
}

/// Query for the existence of a table.
pub(crate) const HAS_TABLE: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1) AS found";

/// The name of an organization in lower case, ASCII letters only.
pub(crate) const LOWER_ORG_NAME: &str = "lower(organizations.name)";

/// Claims due mail.
pub(crate) const CLAIM_DUE_MAIL: &str = "\
    UPDATE outbox SET due_at = ?2 WHERE id IN (
        SELECT id FROM outbox WHERE due_at <= ?1 ORDER BY created_at, id LIMIT ?3
    )
    RETURNING id, recipient, payload, attempts, created_at";

/// Claims the partition of a reader that has unread rows and whose last claim ended first.
pub(crate) const CLAIM_FEED: &str = "\
    UPDATE feed_cursors SET claimed_until = ?4, claim = ?5 WHERE reader = ?1 AND partition = (
        SELECT cursors.partition FROM feed_cursors AS cursors
        JOIN feed_partitions ON feed_partitions.partition = cursors.partition
        WHERE cursors.reader = ?1 AND cursors.position < feed_partitions.position
            AND (cursors.claimed_until <= ?2 OR cursors.claimed_until > ?3)
        ORDER BY cursors.claimed_until, cursors.partition LIMIT 1
    )
    RETURNING partition, position, failures";

/// Deletes old login attempts.
pub(crate) const DELETE_STALE_ATTEMPTS: &str = "\
    DELETE FROM login_attempts WHERE rowid IN (
        SELECT rowid FROM login_attempts
        WHERE last_at < ?1 AND started_at < ?1 ORDER BY last_at LIMIT ?2
    )";

/// Changes the number of open transactions that diesel counts. Returns whether one is still open. It waits
/// for a statement whose future was dropped, because the count is behind the same lock.
pub(crate) async fn change_depth(conn: &mut Conn, change: TransactionDepthChange) -> QueryResult<bool> {
    type Manager = <SqliteConnection as Connection>::TransactionManager;
    let counted = conn.spawn_blocking(move |conn| match Manager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => {
            status.change_transaction_depth(change)?;
            Ok(status.transaction_depth().is_some())
        }
        TransactionManagerStatus::InError => Err(Error::BrokenTransactionManager),
    });
    counted.await
}

/// Returns the organization. No other connection writes before this transaction ends.
pub(crate) async fn lock_organization(conn: &mut Conn, org: Key) -> QueryResult<Option<OrganizationRow>> {
    let row = organizations::table
        .filter(organizations::id.eq(org))
        .filter(organizations::archived_at.is_null())
        .select(OrganizationRow::as_select());
    row.first(conn).await.optional()
}

/// Looks at organizations after an id, and tells which have a system role that lacks a required
/// permission: a JSON array of `{role, permission}`.
pub(crate) async fn find_lacking(
    conn: &mut Conn,
    after: Key,
    required: String,
    limit: i64,
) -> QueryResult<Vec<LackingRow>> {
    let query = sql_query(FIND_LACKING).bind::<Id, _>(after).bind::<Text, _>(required);
    query.bind::<BigInt, _>(limit).load(conn).await
}

/// `GLOB` compares case, and `*` in a grant cannot match a colon, because both texts have one.
const FIND_LACKING: &str = "\
    SELECT id, EXISTS (
        SELECT 1 FROM roles, json_each(?2) AS required
        WHERE roles.org_id = organizations.id AND roles.system = required.value ->> 'role'
            AND NOT EXISTS (
                SELECT 1 FROM role_permissions AS held WHERE held.role_id = roles.id
                    AND required.value ->> 'permission' GLOB held.permission)
    ) AS lacks
    FROM organizations WHERE id > ?1 ORDER BY id LIMIT ?3";

/// Returns those of the organizations that exist. No other connection writes before this transaction ends.
pub(crate) async fn lock_organizations(conn: &mut Conn, orgs: Vec<Key>) -> QueryResult<Vec<Key>> {
    organizations::table.filter(organizations::id.eq_any(orgs)).select(organizations::id).load(conn).await
}

/// Returns the account of an address. No other connection writes before this transaction ends.
pub(crate) async fn lock_account(conn: &mut Conn, email: &str) -> QueryResult<Option<Key>> {
    let row = users::table.filter(users::email.eq(email)).select(users::id);
    row.first::<Key>(conn).await.optional()
}

/// Returns `false` if the account does not exist.
pub(crate) async fn lock_user(conn: &mut Conn, user: Key) -> QueryResult<bool> {
    let row = users::table.filter(users::id.eq(user)).select(users::id);
    Ok(row.first::<Key>(conn).await.optional()?.is_some())
}

/// Does nothing, because no other connection writes before this transaction ends.
#[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
pub(crate) async fn lock_session(_conn: &mut Conn, _session: Key) -> QueryResult<()> {
    Ok(())
}

/// Records last activity: a JSON array of `{user_id, session_id, at}`, the time in microseconds
/// since 1970.
pub(crate) async fn record_activity(conn: &mut Conn, seen: &str) -> QueryResult<()> {
    for statement in [RECORD_SESSIONS, RECORD_USERS] {
        sql_query(statement).bind::<Text, _>(seen).execute(conn).await?;
    }
    Ok(())
}

const RECORD_SESSIONS: &str = "\
    UPDATE sessions SET last_seen_at = seen.at
    FROM (SELECT unhex(value ->> 'session_id', '-') AS id, value ->> 'at' AS at FROM json_each(?1)) AS seen
    WHERE sessions.id = seen.id AND last_seen_at < seen.at";
const RECORD_USERS: &str = "\
    UPDATE users SET last_active = seen.at
    FROM (
        SELECT unhex(value ->> 'user_id', '-') AS id, max(value ->> 'at') AS at
        FROM json_each(?1) GROUP BY 1
    ) AS seen
    WHERE users.id = seen.id AND (last_active IS NULL OR last_active < seen.at)";

/// Returns `false` if the organization has no such role.
pub(crate) async fn lock_role(conn: &mut Conn, org: Key, role: Key) -> QueryResult<bool> {
    let row = roles::table.filter(roles::id.eq(role)).filter(roles::org_id.eq(org)).select(roles::id);
    Ok(row.first::<Key>(conn).await.optional()?.is_some())
}

/// Returns the level of each role of the organization.
pub(crate) async fn lock_levels(conn: &mut Conn, org: Key) -> QueryResult<Vec<(Key, i16)>> {
    let rows = roles::table.filter(roles::org_id.eq(org)).order(roles::id).select((roles::id, roles::level));
    rows.load(conn).await
}

/// Returns accounts whose names are not folded, with their names.
pub(crate) async fn lock_unfolded_users(
    conn: &mut Conn,
    limit: i64,
) -> QueryResult<Vec<(Key, String, String)>> {
    let rows = users::table.filter(users::folded_name.is_null()).order(users::id).limit(limit);
    rows.select((users::id, users::first_name, users::last_name)).load(conn).await
}

/// Does the same for organizations.
pub(crate) async fn lock_unfolded_organizations(
    conn: &mut Conn,
    limit: i64,
) -> QueryResult<Vec<(Key, String)>> {
    let unfolded = organizations::table.filter(organizations::folded_name.is_null());
    let names = unfolded.order(organizations::id).limit(limit);
    names.select((organizations::id, organizations::name)).load(conn).await
}

/// Does nothing, because no other connection writes before this transaction ends.
#[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
pub(crate) async fn lock_view(
    _conn: &mut Conn,
    _user: Key,
    _session: Option<Key>,
    _org: Option<Key>,
) -> QueryResult<()> {
    Ok(())
}

/// Inserts grants one by one, because no round trip is saved and diesel has no batch insert here.
pub(crate) async fn insert_grants(conn: &mut Conn, grants: Vec<GrantRow>) -> QueryResult<()> {
    for grant in grants {
        diesel::insert_into(role_permissions::table)
            .values(grant)
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Inserts rows of the audit trail one by one.
pub(crate) async fn insert_audit(conn: &mut Conn, rows: Vec<AuditRow>) -> QueryResult<()> {
    for row in rows {
        diesel::insert_into(audit_log::table).values(row).execute(conn).await?;
    }
    Ok(())
}
