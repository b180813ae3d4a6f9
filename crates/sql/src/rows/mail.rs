//! Rows of the outbox.

use bailiwick_app::platform::MailRecord;
use bailiwick_app::{MailMessage, OutgoingMail};
use bailiwick_kernel::{Email, Language, StoreError, Timestamp};
use diesel::prelude::{Insertable, Queryable, QueryableByName, Selectable};
use diesel::sql_types::{Integer, Nullable, Text};
use serde::{Deserialize, Serialize};

use crate::error::corrupt;
use crate::schema::outbox;
use crate::types::{Id, Key, SqlTimestamp, Stamp, optional};

/// A new mail.
#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub struct NewMailRow<'a> {
    id: Key,
    recipient: &'a str,
    kind: &'a str,
    payload: String,
    attempts: i32,
    due_at: SqlTimestamp,
    created_at: SqlTimestamp,
}

impl<'a> NewMailRow<'a> {
    /// Builds a row that is due at `now`.
    pub fn new(mail: &'a OutgoingMail, now: Timestamp) -> Result<Self, StoreError> {
        let payload = StoredPayload { message: &mail.message, languages: &mail.languages };
        let payload =
            serde_json::to_string(&payload).map_err(|error| StoreError::Refused(error.to_string()))?;
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

/// The payload as it is written. A release that does not know the languages reads the message.
#[derive(Serialize)]
struct StoredPayload<'a> {
    #[serde(flatten)]
    message: &'a MailMessage,
    #[serde(skip_serializing_if = "<[Language]>::is_empty")]
    languages: &'a [Language],
}

/// The payload as it is read. Earlier releases wrote no languages.
#[derive(Deserialize)]
struct Payload {
    #[serde(flatten)]
    message: MailMessage,
    #[serde(default)]
    languages: Vec<Language>,
}

/// A mail as the claiming statement returns it.
#[derive(QueryableByName)]
pub struct DueMailRow {
    #[diesel(sql_type = Id)]
    /// The mail.
    pub id: Key,
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Nullable<Text>)]
    payload: Option<String>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Stamp)]
    created_at: SqlTimestamp,
}

impl TryFrom<DueMailRow> for OutgoingMail {
    type Error = StoreError;

    fn try_from(row: DueMailRow) -> Result<Self, StoreError> {
        let payload = row.payload.as_deref().and_then(payload).ok_or_else(|| corrupt("outbox.payload"))?;
        Ok(Self {
            id: row.id.into(),
            to: Email::from_stored(row.recipient),
            message: payload.message,
            languages: payload.languages,
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("outbox.attempts"))?,
            created_at: row.created_at.into(),
        })
    }
}

/// A mail in a list.
#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct ListedMailRow {
    id: Key,
    recipient: String,
    kind: String,
    payload: Option<String>,
    attempts: i32,
    due_at: Option<SqlTimestamp>,
    created_at: SqlTimestamp,
    sent_at: Option<SqlTimestamp>,
    last_error: Option<String>,
}

impl TryFrom<ListedMailRow> for MailRecord {
    type Error = StoreError;

    fn try_from(row: ListedMailRow) -> Result<Self, StoreError> {
        // A message that cannot be parsed may contain a secret.
        let holds_secret =
            |json: &str| payload(json).is_none_or(|payload| payload.message.secret().is_some());
        Ok(Self {
            id: row.id.into(),
            to: Email::from_stored(row.recipient),
            kind: row.kind,
            holds_secret: row.payload.as_deref().is_some_and(holds_secret),
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("outbox.attempts"))?,
            created_at: row.created_at.into(),
            due_at: optional(row.due_at),
            sent_at: optional(row.sent_at),
            last_error: row.last_error,
        })
    }
}

/// Parses the payload of a mail. The parser's error is dropped, because it could quote the token.
fn payload(json: &str) -> Option<Payload> {
    serde_json::from_str(json).ok()
}
