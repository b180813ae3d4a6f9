//! The outbox of mail.

use async_trait::async_trait;
use bailiwick_app::OutgoingMail;
use bailiwick_app::ports::{Delivery, LatestDue, MailClaim, OutboxRepo};
use bailiwick_kernel::{MailId, StoreError, Timestamp};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{DueMailRow, NewMailRow};
use bailiwick_sql::schema::outbox;
use bailiwick_sql::types::{Key, SqlTimestamp, Stamp, optional};
use diesel::sql_types::BigInt;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, insert_into, sql_query,
    update,
};

use super::backend::CLAIM_DUE_MAIL;
use super::run::RunQueryDsl;
use super::transaction::Transaction;

/// Longest stored error, because the response of a mail server has no limit.
const LONGEST_ERROR: usize = 500;

#[async_trait]
impl OutboxRepo for Transaction {
    async fn enqueue(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError> {
        let row = NewMailRow::new(mail, now)?;
        insert_into(outbox::table).values(row).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn claim(&mut self, claim: &MailClaim) -> Result<Vec<OutgoingMail>, StoreError> {
        self.expedite(claim.now, &claim.latest_due).await?;
        let rows: Vec<DueMailRow> = sql_query(CLAIM_DUE_MAIL)
            .bind::<Stamp, _>(SqlTimestamp::from(claim.now))
            .bind::<Stamp, _>(SqlTimestamp::from(claim.hidden_until))
            .bind::<BigInt, _>(i64::try_from(claim.limit).unwrap_or(i64::MAX))
            .load(self.conn()?)
            .await
            .map_err(store_error)?;
        let mut mails: Vec<OutgoingMail> = rows.into_iter().filter_map(readable).collect();
        mails.sort_by_key(|mail| (mail.created_at, mail.id));
        Ok(mails)
    }

    async fn record_delivery(&mut self, mail: &OutgoingMail, outcome: &Delivery) -> Result<(), StoreError> {
        match outcome {
            Delivery::Sent(at) => self.mark_sent(mail, *at).await,
            Delivery::Failed { error, retry_at } => self.mark_failed(mail, error, *retry_at).await,
        }
    }

    async fn make_due(&mut self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        let unsent = outbox::table.find(Key::from(id)).filter(outbox::sent_at.is_null());
        let due = outbox::due_at.eq(Some(SqlTimestamp::from(now)));
        Ok(update(unsent).set(due).execute(self.conn()?).await.map_err(store_error)? > 0)
    }
}

impl Transaction {
    /// Makes mail due that a clock deferred that was ahead.
    async fn expedite(&mut self, now: Timestamp, latest: &LatestDue) -> Result<(), StoreError> {
        let failures = i32::try_from(latest.few_failures).unwrap_or(i32::MAX);
        let few = outbox::due_at.gt(SqlTimestamp::from(latest.after_few));
        let few = few.and(outbox::attempts.nullable().le(failures));
        let many = outbox::due_at.gt(SqlTimestamp::from(latest.after_many));
        let due = update(outbox::table.filter(few.or(many)));
        let due = due.set(outbox::due_at.eq(Some(SqlTimestamp::from(now))));
        due.execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn mark_sent(&mut self, mail: &OutgoingMail, now: Timestamp) -> Result<(), StoreError> {
        let sent = (
            outbox::sent_at.eq(Some(SqlTimestamp::from(now))),
            outbox::payload.eq(None::<&str>),
            outbox::due_at.eq(None::<SqlTimestamp>),
        );
        let row = outbox::table.find(Key::from(mail.id));
        update(row).set(sent).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn mark_failed(
        &mut self,
        mail: &OutgoingMail,
        error: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let error: String = error.chars().filter(|c| *c != '\0').take(LONGEST_ERROR).collect();
        let failed = (
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::last_error.eq(Some(error)),
            outbox::due_at.eq(optional::<_, SqlTimestamp>(retry_at)),
        );
        // A mail that was sent stays sent if a slower sender reports a failure later.
        let unsent = outbox::table.find(Key::from(mail.id)).filter(outbox::sent_at.is_null());
        update(unsent).set(failed).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }
}

/// Converts a row. An unreadable one is logged and skipped, so that other mail is still sent.
fn readable(row: DueMailRow) -> Option<OutgoingMail> {
    let id = row.id;
    let mail = OutgoingMail::try_from(row);
    if let Err(error) = &mail {
        tracing::error!(mail = %id.0, %error, "a mail in the outbox cannot be read");
    }
    mail.ok()
}
