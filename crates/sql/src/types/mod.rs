//! One SQL type per concept for both databases: identifiers and timestamps.
//!
//! PostgreSQL has native types for both; SQLite stores the 16 bytes of a UUID and the microseconds
//! since 1970.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use bailiwick_kernel::{
    AuditId, FeedClaimId, InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, Timestamp,
    UserId,
};
use diesel::deserialize::{self, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use uuid::Uuid;

/// SQL: `uuid`, or `BLOB`.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Id;

/// SQL: `timestamptz`, or `INTEGER` microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Stamp;

/// An identifier of any kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Id)]
pub struct Key(pub Uuid);

/// A point in time, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Stamp)]
pub struct SqlTimestamp(pub Timestamp);

impl SqlTimestamp {
    /// Reads a stored number of microseconds since 1970, and refuses one out of range.
    pub fn from_unix_micros(micros: i64) -> deserialize::Result<Self> {
        let moment = Timestamp::from_unix_micros(micros).ok_or("a timestamp out of range")?;
        Ok(Self(moment))
    }
}

macro_rules! keys {
    ($($kind:ident),+) => {$(
        impl From<$kind> for Key {
            fn from(id: $kind) -> Self {
                Self(id.as_uuid())
            }
        }

        impl From<Key> for $kind {
            fn from(key: Key) -> Self {
                Self::from_stored(key.0)
            }
        }
    )+};
}

keys!(UserId, OrgId, RoleId, PermissionId, InvitationId, SessionId, MailId, AuditId, FeedClaimId, TargetId);

impl From<Timestamp> for SqlTimestamp {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl From<SqlTimestamp> for Timestamp {
    fn from(moment: SqlTimestamp) -> Self {
        moment.0
    }
}

/// Converts `Option<OrgId>` to `Option<Key>` and the like.
pub fn optional<A, B: From<A>>(value: Option<A>) -> Option<B> {
    value.map(B::from)
}
