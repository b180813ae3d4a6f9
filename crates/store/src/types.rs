//! One SQL type per concept for both databases: identifiers and timestamps.
//!
//! PostgreSQL has native types for both; SQLite stores the 16 bytes of a UUID and the microseconds
//! since 1970.

use std::io::Write;

use bailiwick_kernel::{
    AuditId, InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, Timestamp, UserId,
};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, SqlType};
use diesel::sqlite::{Sqlite, SqliteValue};
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

keys!(UserId, OrgId, RoleId, PermissionId, InvitationId, SessionId, MailId, AuditId, TargetId);

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

impl ToSql<Id, Pg> for Key {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Id, Pg> for Key {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<Id, Sqlite> for Key {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Id, Sqlite> for Key {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

/// Microseconds from 1970 to 2000, the epoch of PostgreSQL.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<Stamp, Pg> for SqlTimestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.unix_micros() - POSTGRES_EPOCH;
        out.write_all(&micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Stamp, Pg> for SqlTimestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        micros.checked_add(POSTGRES_EPOCH).map(moment_of).ok_or("a timestamp out of range")?
    }
}

impl ToSql<Stamp, Sqlite> for SqlTimestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.unix_micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Stamp, Sqlite> for SqlTimestamp {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        moment_of(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)
    }
}

fn moment_of(micros: i64) -> deserialize::Result<SqlTimestamp> {
    let moment = Timestamp::from_unix_micros(micros).ok_or("a timestamp out of range")?;
    Ok(SqlTimestamp(moment))
}
