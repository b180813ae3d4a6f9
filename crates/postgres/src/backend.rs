//! Parts of the queries that are specific to PostgreSQL.

use bailiwick_sql::rows::{AuditRow, GrantRow, LackingRow, OrganizationRow};
use bailiwick_sql::schema::{audit_log, organizations, role_permissions, roles, sessions, users};
use bailiwick_sql::types::{Id, Key, SqlTimestamp, Stamp};
use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::result::Error;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper, sql_query};

use diesel_async::{AsyncConnection, TransactionManager};

use super::sql::run::RunQueryDsl;

pub type Conn = diesel_async::AsyncPgConnection;
pub(crate) type Db = diesel::pg::Pg;

pub(crate) use super::foreign_session::{ForeignSession, SavedSettings};
pub(crate) use bailiwick_migrations::POSTGRES as MIGRATIONS;

pub(crate) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// PostgreSQL reports success for the COMMIT of a transaction in which a statement failed, and
/// rolls back. The statement before it fails in that case.
pub(crate) const COMMIT: &str = "SELECT 1; COMMIT";

/// Query for the existence of a table.
pub(crate) const HAS_TABLE: &str = "SELECT to_regclass($1) IS NOT NULL AS found";

/// The name of an organization in lower case. ASCII letters only, because the column has the
/// collation of the database.
pub(crate) const LOWER_ORG_NAME: &str = "lower(organizations.name COLLATE \"C\")";

/// Claims due mail, without rows that another sender has locked. Materialized, because a subquery
/// could run repeatedly and then claim more than its limit.
pub(crate) const CLAIM_DUE_MAIL: &str = "\
    WITH due AS MATERIALIZED (
        SELECT id FROM outbox WHERE due_at <= $1 ORDER BY created_at, id LIMIT $3
        FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox SET due_at = $2 FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, recipient, payload, attempts, created_at";

/// Claims the partition of a reader that has unread rows and whose last claim ended first.
pub(crate) const CLAIM_FEED: &str = "\
    WITH due AS MATERIALIZED (
        SELECT cursors.partition FROM feed_cursors AS cursors
        JOIN feed_partitions ON feed_partitions.partition = cursors.partition
        WHERE cursors.reader = $1 AND cursors.position < feed_partitions.position
            AND (cursors.claimed_until <= $2 OR cursors.claimed_until > $3)
        ORDER BY cursors.claimed_until, cursors.partition LIMIT 1
        FOR UPDATE OF cursors SKIP LOCKED
    )
    UPDATE feed_cursors SET claimed_until = $4, claim = $5 FROM due
    WHERE feed_cursors.reader = $1 AND feed_cursors.partition = due.partition
    RETURNING feed_cursors.partition, position, failures";

/// Deletes old login attempts, except locked ones.
pub(crate) const DELETE_STALE_ATTEMPTS: &str = "\
    WITH old AS MATERIALIZED (
        SELECT account, client FROM login_attempts
        WHERE last_at < $1 AND started_at < $1 ORDER BY last_at LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM login_attempts USING old
    WHERE login_attempts.account = old.account AND login_attempts.client = old.client";

/// Changes the number of open transactions that diesel counts. Returns whether one is still open, or was
/// interrupted while it was begun or ended.
#[expect(clippy::unused_async, reason = "SQLite waits here")]
pub(crate) async fn change_depth(conn: &mut Conn, change: TransactionDepthChange) -> QueryResult<bool> {
    type Manager = <Conn as AsyncConnection>::TransactionManager;
    let is_open = match Manager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => {
            status.change_transaction_depth(change)?;
            status.transaction_depth().is_some()
        }
        TransactionManagerStatus::InError => return Err(Error::BrokenTransactionManager),
    };
    Ok(is_open || Manager::is_broken_transaction_manager(conn))
}

/// Locks an organization against deletion and other locks, but not against references to it, and
/// returns it as read under the lock.
pub(crate) async fn lock_organization(conn: &mut Conn, org: Key) -> QueryResult<Option<OrganizationRow>> {
    let row = organizations::table
        .filter(organizations::id.eq(org))
        .filter(organizations::archived_at.is_null())
        .select(OrganizationRow::as_select());
    row.for_no_key_update().first(conn).await.optional()
}

/// Looks at organizations after an id, and tells which have a system role that lacks a required
/// permission: a JSON array of `{role, permission}`. Without the compiler of queries, which a wrong
/// estimate of the array would start for much longer than the query takes.
pub(crate) async fn find_lacking(
    conn: &mut Conn,
    after: Key,
    required: String,
    limit: i64,
) -> QueryResult<Vec<LackingRow>> {
    sql_query("SET LOCAL jit = off").execute(conn).await?;
    let query = sql_query(FIND_LACKING).bind::<Id, _>(after).bind::<Text, _>(required);
    query.bind::<BigInt, _>(limit).load(conn).await
}

/// `*` in a grant cannot match a colon, because both texts have one.
const FIND_LACKING: &str = r"
    SELECT id, EXISTS (
        SELECT 1 FROM roles, json_to_recordset($2::json) AS required(role text, permission text)
        WHERE roles.org_id = organizations.id AND roles.system = required.role
            AND NOT EXISTS (
                SELECT 1 FROM role_permissions AS held WHERE held.role_id = roles.id
                    AND required.permission LIKE
                        replace(replace(replace(held.permission, '\', '\\'), '_', '\_'), '*', '%'))
    ) AS lacks
    FROM organizations WHERE id > $1 ORDER BY id LIMIT $3";

/// Locks these organizations, archived ones too, in ascending order, as [`lock_organization`] does.
/// Returns those that exist.
pub(crate) async fn lock_organizations(conn: &mut Conn, orgs: Vec<Key>) -> QueryResult<Vec<Key>> {
    let rows = organizations::table.filter(organizations::id.eq_any(orgs)).order(organizations::id);
    rows.select(organizations::id).for_no_key_update().load(conn).await
}

/// Locks the account of an address. `None` if there is none, or if it was deleted during the wait.
pub(crate) async fn lock_account(conn: &mut Conn, email: &str) -> QueryResult<Option<Key>> {
    let row = users::table.filter(users::email.eq(email)).select(users::id);
    row.for_no_key_update().first::<Key>(conn).await.optional()
}

/// Locks an account. `false` if it does not exist.
pub(crate) async fn lock_user(conn: &mut Conn, user: Key) -> QueryResult<bool> {
    let row = users::table.filter(users::id.eq(user)).select(users::id);
    Ok(row.for_no_key_update().first::<Key>(conn).await.optional()?.is_some())
}

/// Locks a session, if it exists.
pub(crate) async fn lock_session(conn: &mut Conn, session: Key) -> QueryResult<()> {
    let row = sessions::table.filter(sessions::id.eq(session)).select(sessions::id);
    row.for_no_key_update().first::<Key>(conn).await.optional()?;
    Ok(())
}

/// Records last activity: a JSON array of `{user_id, session_id, at}`, the time in microseconds
/// since 1970. Locked rows are skipped.
pub(crate) async fn record_activity(conn: &mut Conn, seen: &str) -> QueryResult<()> {
    sql_query(RECORD_ACTIVITY).bind::<Text, _>(seen).execute(conn).await?;
    Ok(())
}

const RECORD_ACTIVITY: &str = "\
    WITH seen AS MATERIALIZED (
        SELECT user_id, session_id, timestamptz 'epoch' + at * interval '1 microsecond' AS at
        FROM json_to_recordset($1::json) AS s(user_id uuid, session_id uuid, at bigint)
    ), free_sessions AS MATERIALIZED (
        SELECT id FROM sessions WHERE id IN (SELECT session_id FROM seen)
        FOR NO KEY UPDATE SKIP LOCKED
    ), free_users AS MATERIALIZED (
        SELECT id FROM users WHERE id IN (SELECT user_id FROM seen)
        FOR NO KEY UPDATE SKIP LOCKED
    ), noted AS (
        UPDATE sessions SET last_seen_at = seen.at FROM seen
        WHERE sessions.id = seen.session_id AND sessions.last_seen_at < seen.at
            AND sessions.id IN (SELECT id FROM free_sessions)
    )
    UPDATE users SET last_active = latest.at
    FROM (SELECT user_id, max(at) AS at FROM seen GROUP BY user_id) AS latest
    WHERE users.id = latest.user_id AND (last_active IS NULL OR last_active < latest.at)
        AND users.id IN (SELECT id FROM free_users)";

/// Locks a role, against new references as well. `false` if it does not exist.
pub(crate) async fn lock_role(conn: &mut Conn, org: Key, role: Key) -> QueryResult<bool> {
    let row = roles::table.filter(roles::id.eq(role)).filter(roles::org_id.eq(org)).select(roles::id);
    Ok(row.for_update().first::<Key>(conn).await.optional()?.is_some())
}

/// Locks the roles of the organization, ordered by id, and returns their levels.
pub(crate) async fn lock_levels(conn: &mut Conn, org: Key) -> QueryResult<Vec<(Key, i16)>> {
    let rows = roles::table.filter(roles::org_id.eq(org)).order(roles::id).select((roles::id, roles::level));
    rows.for_update().load(conn).await
}

/// Locks accounts whose names are not folded, and returns their names. Skips locked rows, so it
/// does not wait.
pub(crate) async fn lock_unfolded_users(
    conn: &mut Conn,
    limit: i64,
) -> QueryResult<Vec<(Key, String, String)>> {
    let rows = users::table.filter(users::folded_name.is_null()).order(users::id).limit(limit);
    let names = rows.select((users::id, users::first_name, users::last_name));
    names.for_no_key_update().skip_locked().load(conn).await
}

/// Does the same for organizations.
pub(crate) async fn lock_unfolded_organizations(
    conn: &mut Conn,
    limit: i64,
) -> QueryResult<Vec<(Key, String)>> {
    let unfolded = organizations::table.filter(organizations::folded_name.is_null());
    let names =
        unfolded.order(organizations::id).limit(limit).select((organizations::id, organizations::name));
    names.for_no_key_update().skip_locked().load(conn).await
}

/// Locks account, session and membership, in this order. Without an organization the caller changes
/// the account itself, so the lock is exclusive: two callers with a shared lock would wait for each
/// other.
pub(crate) async fn lock_view(
    conn: &mut Conn,
    user: Key,
    session: Option<Key>,
    org: Option<Key>,
) -> QueryResult<()> {
    let statement = if org.is_some() { LOCK_MEMBER } else { LOCK_ACCOUNT };
    sql_query(statement)
        .bind::<Id, _>(user)
        .bind::<Nullable<Id>, _>(session)
        .bind::<Nullable<Id>, _>(org)
        .execute(conn)
        .await?;
    Ok(())
}

const LOCK_MEMBER: &str = "\
    WITH u AS MATERIALIZED (SELECT id FROM users WHERE id = $1 FOR SHARE),
         s AS MATERIALIZED (SELECT id FROM sessions WHERE id = $2 FOR SHARE),
         m AS MATERIALIZED (
            SELECT user_id FROM memberships WHERE org_id = $3 AND user_id = $1 FOR SHARE)
    SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM s), (SELECT count(*) FROM m)";
const LOCK_ACCOUNT: &str = "\
    WITH u AS MATERIALIZED (SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE),
         s AS MATERIALIZED (SELECT id FROM sessions WHERE id = $2 FOR SHARE)
    SELECT (SELECT count(*) FROM u), (SELECT count(*) FROM s), $3::uuid";

/// Returns the time on the clock of the server.
pub(crate) async fn clock(conn: &mut Conn) -> QueryResult<SqlTimestamp> {
    diesel::select(diesel::dsl::sql::<Stamp>("clock_timestamp()")).get_result(conn).await
}

/// Inserts grants with one statement.
pub(crate) async fn insert_grants(conn: &mut Conn, grants: Vec<GrantRow>) -> QueryResult<()> {
    diesel::insert_into(role_permissions::table)
        .values(grants)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Inserts rows of the audit trail with one statement.
pub(crate) async fn insert_audit(conn: &mut Conn, rows: Vec<AuditRow>) -> QueryResult<()> {
    diesel::insert_into(audit_log::table).values(rows).execute(conn).await?;
    Ok(())
}
