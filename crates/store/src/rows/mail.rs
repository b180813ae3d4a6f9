//! Mail in the outbox.

use bailiwick_app::{MailMessage, OutgoingMail};
use bailiwick_kernel::{Email, StoreError, Timestamp};
use diesel::prelude::{Insertable, QueryableByName};
use diesel::sql_types::{Integer, Nullable, Text};

use crate::error::corrupt;
use crate::schema::outbox;
use crate::types::{Id, Key, Moment, Stamp};

#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub(crate) struct NewMailRow<'a> {
    id: Key,
    recipient: &'a str,
    kind: &'static str,
    payload: String,
    attempts: i32,
    due_at: Moment,
    created_at: Moment,
}

impl<'a> NewMailRow<'a> {
    /// A row that is due at `now`.
    pub(crate) fn new(mail: &'a OutgoingMail, now: Timestamp) -> Result<Self, StoreError> {
        let payload =
            serde_json::to_string(&mail.message).map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(Self {
            id: mail.id.into(),
            recipient: mail.to.as_str(),
            kind: mail.message.kind(),
            payload,
            attempts: i32::try_from(mail.attempts).unwrap_or(i32::MAX),
            due_at: now.into(),
            created_at: mail.created_at.into(),
        })
    }
}

/// A mail as the claiming statement returns it.
#[derive(QueryableByName)]
pub(crate) struct DueMailRow {
    #[diesel(sql_type = Id)]
    pub id: Key,
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Nullable<Text>)]
    payload: Option<String>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Stamp)]
    created_at: Moment,
}

impl TryFrom<DueMailRow> for OutgoingMail {
    type Error = StoreError;

    fn try_from(row: DueMailRow) -> Result<Self, StoreError> {
        // The parser's own message could quote the token.
        let message: Option<MailMessage> = row.payload.and_then(|json| serde_json::from_str(&json).ok());
        Ok(Self {
            id: row.id.into(),
            to: Email::from_stored(row.recipient),
            message: message.ok_or_else(|| corrupt("outbox.payload"))?,
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("outbox.attempts"))?,
            created_at: row.created_at.into(),
        })
    }
}
