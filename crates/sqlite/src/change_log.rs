//! The log of changes of authority: the table `authority_changes`, which triggers write.
//!
//! A reader keeps its position in the log. The row numbers have no gaps, except where rows were
//! deleted, and `sqlite_sequence` keeps the last number given. So a reader detects any deleted row
//! after its position, no matter whether the schema, an older release or an operator deleted it.

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_app::flaws::{self, Flaw};
use bailiwick_sql::types::Key as Stored;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::{QueryResult, QueryableByName, sql_query};

use super::backend::Conn;
use super::sql::run::RunQueryDsl;

/// The last row that was read, and with it every row before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Position {
    seq: i64,
    /// A value that differs in another row of the same number, as after a restore from a copy.
    /// Absent if the row had already been deleted.
    mark: Option<i64>,
}

/// The result of reading the log.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Unread {
    /// The changes after the reader's position.
    pub invalidation: Invalidation,
    /// The end of the log.
    pub end: Position,
}

/// The last number given, and a row of the log, if any.
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

/// A single statement, so that all rows are read from one state of the file. The last row is always
/// read, even if the position is behind it, as after a restore of an earlier copy.
const READ: &str = "\
    SELECT given.last, log.seq, log.mark, log.kind, log.owner, log.id
    FROM (
        SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'authority_changes'
    ) AS given
    LEFT JOIN authority_changes AS log ON log.seq >= min(coalesce(?1, given.last), given.last)
    ORDER BY log.seq";

/// Reads the changes after `position`. Without a position everything may have changed.
pub(super) async fn read(conn: &mut Conn, position: Option<Position>) -> QueryResult<Unread> {
    let from = position.map(|position| position.seq);
    let rows: Vec<Row> = sql_query(READ).bind::<Nullable<BigInt>, _>(from).load(conn).await?;
    Ok(unread(&rows, position))
}

/// Deletes the rows as older releases did, so that other readers miss them.
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

/// Returns whether the rows are the unchanged one at `position` and all others up to `end`.
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
            // Several rows in succession often change the same thing.
            Some(key) if keys.last() == Some(&key) => {}
            Some(key) => keys.push(key),
            None => return Invalidation::Everything,
        }
    }
    Invalidation::Keys(keys)
}

impl Row {
    /// Returns the key of the row; `None` if it names none.
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
