//! Failed login attempts.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Timestamp};
use bailiwick_sql::error::{corrupt, store_error};
use bailiwick_sql::schema::login_attempts;
use bailiwick_sql::types::{SqlTimestamp, Stamp};
use bailiwick_users::{AccountKey, AttemptRepo, Attempts, Pair, UserError};
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, delete, insert_into, sql_query, update};

use super::backend::DELETE_STALE_ATTEMPTS;
use super::run::RunQueryDsl;
use super::transaction::Transaction;

/// Stored columns of a pair: failures and their last time, attempts in progress and the time of
/// their start.
type Numbers = (i32, SqlTimestamp, i32, SqlTimestamp);

#[async_trait]
impl AttemptRepo for Transaction {
    async fn find(&mut self, pair: &Pair, now: Timestamp, lock: Lock) -> Result<Attempts, UserError> {
        match lock {
            Lock::None => Ok(self.read_attempts(pair).await?.unwrap_or(Attempts::none(now))),
            Lock::Update => self.lock_attempts(pair, now).await,
        }
    }

    async fn store(&mut self, pair: &Pair, attempts: &Attempts) -> Result<(), UserError> {
        if attempts.is_none() {
            return self.delete_attempts(pair).await;
        }
        let row = login_attempts::table
            .filter(login_attempts::account.eq(pair.account.as_bytes().as_slice()))
            .filter(login_attempts::client.eq(pair.client.as_str()));
        let numbers = (
            login_attempts::failures.eq(i32::try_from(attempts.failures).unwrap_or(i32::MAX)),
            login_attempts::last_at.eq(SqlTimestamp::from(attempts.last_at)),
            login_attempts::in_progress.eq(i32::try_from(attempts.in_progress).unwrap_or(i32::MAX)),
            login_attempts::started_at.eq(SqlTimestamp::from(attempts.started_at)),
        );
        update(row).set(numbers).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn clear(&mut self, account: &AccountKey) -> Result<(), UserError> {
        let rows = login_attempts::table.filter(login_attempts::account.eq(account.as_bytes().as_slice()));
        delete(rows).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn delete_stale(&mut self, cutoff: Timestamp, limit: usize) -> Result<(), UserError> {
        sql_query(DELETE_STALE_ATTEMPTS)
            .bind::<Stamp, _>(SqlTimestamp::from(cutoff))
            .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
            .execute(self.conn()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

impl Transaction {
    async fn read_attempts(&mut self, pair: &Pair) -> Result<Option<Attempts>, UserError> {
        let numbers = login_attempts::table
            .filter(login_attempts::account.eq(pair.account.as_bytes().as_slice()))
            .filter(login_attempts::client.eq(pair.client.as_str()))
            .select((
                login_attempts::failures,
                login_attempts::last_at,
                login_attempts::in_progress,
                login_attempts::started_at,
            ))
            .first::<Numbers>(self.conn()?)
            .await
            .optional()
            .map_err(store_error)?;
        numbers.map(attempts).transpose()
    }

    /// Locks the row of the pair and inserts it if it is missing. If it exists, the update changes no
    /// value, but locks it.
    async fn lock_attempts(&mut self, pair: &Pair, now: Timestamp) -> Result<Attempts, UserError> {
        let now = SqlTimestamp::from(now);
        let numbers = insert_into(login_attempts::table)
            .values((
                login_attempts::account.eq(pair.account.as_bytes().as_slice()),
                login_attempts::client.eq(pair.client.as_str()),
                login_attempts::failures.eq(0),
                login_attempts::last_at.eq(now),
                login_attempts::in_progress.eq(0),
                login_attempts::started_at.eq(now),
            ))
            .on_conflict((login_attempts::account, login_attempts::client))
            .do_update()
            .set(login_attempts::failures.eq(login_attempts::failures))
            .returning((
                login_attempts::failures,
                login_attempts::last_at,
                login_attempts::in_progress,
                login_attempts::started_at,
            ))
            .get_result::<Numbers>(self.conn()?)
            .await
            .map_err(store_error)?;
        attempts(numbers)
    }

    async fn delete_attempts(&mut self, pair: &Pair) -> Result<(), UserError> {
        let row = login_attempts::table
            .filter(login_attempts::account.eq(pair.account.as_bytes().as_slice()))
            .filter(login_attempts::client.eq(pair.client.as_str()));
        delete(row).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }
}

fn attempts((failures, last_at, in_progress, started_at): Numbers) -> Result<Attempts, UserError> {
    let failures = u32::try_from(failures).map_err(|_| corrupt("login_attempts.failures"))?;
    let in_progress = u32::try_from(in_progress).map_err(|_| corrupt("login_attempts.in_progress"))?;
    Ok(Attempts { failures, last_at: last_at.into(), in_progress, started_at: started_at.into() })
}
