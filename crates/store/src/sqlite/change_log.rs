//! The log of changes of authority: the table `authority_changes`, which triggers write.
//!
//! A reader keeps a position in it. The numbers of the rows are without gaps, except where
//! rows were forgotten or deleted, and `sqlite_sequence` keeps the last number given. So a
//! reader can tell whether it sees every row after its position, whichever process deleted
//! one: a new one by the rule of the schema, an older release, or an operator.

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_app::flaws::{self, Flaw};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use super::backend::Conn;
use crate::types::Key as Stored;

/// A row that was read, and with it every row before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Position {
    seq: i64,
    /// Another row has the same number after the file was restored from a copy. Absent if
    /// the row was gone already.
    mark: Option<i64>,
}

/// What a reader learns.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Unread {
    /// What was changed after the reader's position.
    pub invalidation: Invalidation,
    /// The end of the log.
    pub end: Position,
}

/// The last number given, and a row of the log, if there is one.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    mark: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    owner: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    id: Option<Vec<u8>>,
}

/// One statement, so that all of it is read from one state of the file. The last row is
/// read in any case, also if the position is behind it, as after an earlier copy came back.
const READ: &str = "\
    SELECT given.last, log.seq, log.mark, log.kind, log.owner, log.id
    FROM (
        SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'authority_changes'
    ) AS given
    LEFT JOIN authority_changes AS log ON log.seq >= min(coalesce(?1, given.last), given.last)
    ORDER BY log.seq";

/// Reads what comes after `position`. Everything may have changed if there is none yet.
pub(super) async fn read(conn: &mut Conn, position: Option<Position>) -> QueryResult<Unread> {
    let from = position.map(|position| position.seq);
    let rows: Vec<Row> = sql_query(READ).bind::<Nullable<BigInt>, _>(from).load(conn).await?;
    Ok(unread(&rows, position))
}

/// What older releases did: the reader that commits first takes the rows from all others.
pub(super) async fn take_away(conn: &mut Conn) -> QueryResult<()> {
    sql_query("DELETE FROM authority_changes").execute(conn).await.map(drop)
}

fn unread(rows: &[Row], position: Option<Position>) -> Unread {
    let last = rows.first().map_or(0, |row| row.last);
    let mark = rows.iter().find(|row| row.seq == Some(last)).and_then(|row| row.mark);
    let end = Position { seq: last, mark };
    let invalidation = match position {
        Some(position) if follows(rows, position, end) => after(rows, position),
        _ => Invalidation::Everything,
    };
    Unread { invalidation, end }
}

/// Whether the rows are the one at `position`, as it was, and all others up to `end`.
fn follows(rows: &[Row], position: Position, end: Position) -> bool {
    if flaws::has(Flaw::ChangesTakenAway) {
        return true;
    }
    let mark = rows.iter().find(|row| row.seq == Some(position.seq)).and_then(|row| row.mark);
    let later = rows.iter().filter_map(|row| row.seq).filter(|seq| *seq > position.seq);
    mark == position.mark && later.eq(position.seq + 1..=end.seq) && position.seq <= end.seq
}

fn after(rows: &[Row], position: Position) -> Invalidation {
    let later = rows.iter().filter(|row| row.seq.is_some_and(|seq| seq > position.seq));
    let mut keys: Vec<CacheKey> = Vec::new();
    for row in later {
        match row.key() {
            // One thing is often changed by several rows in succession.
            Some(key) if keys.last() == Some(&key) => {}
            Some(key) => keys.push(key),
            None => return Invalidation::Everything,
        }
    }
    Invalidation::Keys(keys)
}

impl Row {
    /// `None` for what names nothing.
    fn key(&self) -> Option<CacheKey> {
        let uuid = |bytes: Option<&[u8]>| uuid::Uuid::from_slice(bytes?).ok().map(Stored);
        let owner = uuid(self.owner.as_deref())?;
        let id = || uuid(self.id.as_deref());
        match self.kind.as_deref()? {
            "user" => Some(CacheKey::User(owner.into())),
            "session" => Some(CacheKey::Session(owner.into(), id()?.into())),
            "member" => Some(CacheKey::Member(owner.into(), id()?.into())),
            "role" => Some(CacheKey::Role(owner.into(), id()?.into())),
            "org" => Some(CacheKey::Org(owner.into())),
            _ => None,
        }
    }
}
