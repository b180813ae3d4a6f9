//! Deletes rows whose retention is over, in batches.

use bailiwick_app::RetentionCutoffs;
use bailiwick_sql::schema::{
    account_links, one_time_secrets, outbox, refresh_tokens, sessions, setup_secret, socket_tickets,
};
use bailiwick_sql::types::{Key, SqlTimestamp};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult,
    delete,
};

use super::backend::Conn;
use super::run::RunQueryDsl;

/// Largest number of rows of each kind per statement, so that other transactions do not wait long.
const BATCH: i64 = 500;

/// Deletes one batch of each kind and returns the number of rows.
pub(in super::super) async fn batch(conn: &mut Conn, cutoffs: &RetentionCutoffs) -> QueryResult<u64> {
    let before = cutoffs.sessions_before.into();
    // Tokens first, because one session may have very many.
    let mut deleted = old_tokens(conn, before).await?;
    if deleted == 0 {
        deleted = old_sessions(conn, before).await?;
    }
    deleted += old_secrets(conn, cutoffs.secrets_at.into()).await?;
    deleted += old_links(conn, cutoffs.secrets_at.into()).await?;
    deleted += old_tickets(conn, cutoffs.secrets_at.into()).await?;
    deleted += old_mail(conn, cutoffs.mail_before.into()).await?;
    Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
}

async fn old_tokens(conn: &mut Conn, before: SqlTimestamp) -> QueryResult<usize> {
    let over = sessions::ended_at.lt(before).or(sessions::expires_at.nullable().lt(before));
    let hashes: Vec<Vec<u8>> = refresh_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
        .filter(over)
        .select(refresh_tokens::hash)
        .limit(BATCH)
        .load(conn)
        .await?;
    delete(refresh_tokens::table.filter(refresh_tokens::hash.eq_any(hashes))).execute(conn).await
}

async fn old_sessions(conn: &mut Conn, before: SqlTimestamp) -> QueryResult<usize> {
    let over = sessions::ended_at.lt(before).or(sessions::expires_at.nullable().lt(before));
    let ids: Vec<Key> = sessions::table.filter(over).select(sessions::id).limit(BATCH).load(conn).await?;
    delete(sessions::table.filter(sessions::id.eq_any(ids))).execute(conn).await
}

async fn old_secrets(conn: &mut Conn, at: SqlTimestamp) -> QueryResult<usize> {
    let hashes: Vec<Vec<u8>> = one_time_secrets::table
        .filter(one_time_secrets::expires_at.le(at))
        .select(one_time_secrets::hash)
        .limit(BATCH)
        .load(conn)
        .await?;
    let old = one_time_secrets::table.filter(one_time_secrets::hash.eq_any(hashes));
    let setup = setup_secret::table.filter(setup_secret::expires_at.le(at));
    Ok(delete(old).execute(conn).await? + delete(setup).execute(conn).await?)
}

async fn old_links(conn: &mut Conn, at: SqlTimestamp) -> QueryResult<usize> {
    let hashes: Vec<Vec<u8>> = account_links::table
        .filter(account_links::expires_at.le(at))
        .select(account_links::hash)
        .limit(BATCH)
        .load(conn)
        .await?;
    delete(account_links::table.filter(account_links::hash.eq_any(hashes))).execute(conn).await
}

async fn old_tickets(conn: &mut Conn, at: SqlTimestamp) -> QueryResult<usize> {
    let hashes: Vec<Vec<u8>> = socket_tickets::table
        .filter(socket_tickets::expires_at.le(at))
        .select(socket_tickets::hash)
        .limit(BATCH)
        .load(conn)
        .await?;
    delete(socket_tickets::table.filter(socket_tickets::hash.eq_any(hashes))).execute(conn).await
}

async fn old_mail(conn: &mut Conn, before: SqlTimestamp) -> QueryResult<usize> {
    let ids: Vec<Key> =
        outbox::table.filter(outbox::sent_at.lt(before)).select(outbox::id).limit(BATCH).load(conn).await?;
    delete(outbox::table.filter(outbox::id.eq_any(ids))).execute(conn).await
}
