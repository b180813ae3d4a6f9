//! How memories of authority are told what was committed.
//!
//! One process serves from a file, so its own changes are told by a call before the
//! connection that made them is given back. What others write is looked for four times
//! a second; a memory may answer for a second after such a look, and no longer.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_app::authority::Memory;
use bailiwick_app::authority::memory::{Key, Touched};
use bailiwick_app::{Effect, Stop};
use bailiwick_kernel::StoreError;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::backend::{self, Conn};
use super::connect::{self, Access};
use super::tables::loan::{Loan, Pool};
use crate::error::store_error;
use crate::types::{Id, Key as Stored};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// So long after a look its result stands.
const STANDS_FOR: Duration = Duration::from_secs(1);

/// Who is told.
pub(crate) struct Telling {
    path: PathBuf,
    wait: Duration,
    writers: Pool,
    told: Mutex<Vec<Arc<Memory>>>,
}

/// A row of `authority_changes`.
#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Id)]
    owner: Stored,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Telling {
    pub(crate) fn new(path: PathBuf, wait: Duration, writers: Pool) -> Self {
        Self { path, wait, writers, told: Mutex::default() }
    }

    /// What begins a transaction that writes.
    #[expect(clippy::unused_self, reason = "PostgreSQL says where to reply")]
    pub(crate) fn begin(&self) -> Cow<'static, str> {
        Cow::Borrowed(backend::BEGIN_WRITE)
    }

    /// Commits what is open on the connection, and tells what it changed before the
    /// connection goes back to its pool: whoever writes next, and finds it done, may rely
    /// on that.
    pub(crate) async fn commit(&self, mut loan: Loan) -> Result<Effect, StoreError> {
        let conn = loan.conn()?;
        let touched = take_changes(conn).await.map_err(store_error)?;
        let committed = conn.batch_execute(backend::COMMIT).await.map_err(store_error);
        self.tell(&touched);
        committed?;
        loan.give_back();
        Ok(if touched.is_nothing() { Effect::None } else { Effect::Authority })
    }

    /// As [`bailiwick_app::Store::settle`]: a writer that comes after all others finds
    /// everything told.
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        Loan::from(&self.writers).await?.give_back();
        Ok(())
    }

    /// As [`bailiwick_app::Store::keep_told`].
    pub(crate) async fn keep_told(&self, memory: Arc<Memory>, stop: Stop) {
        self.everybody().push(Arc::clone(&memory));
        tokio::select! {
            () = stop => {}
            () = self.look_around(&memory) => {}
        }
        memory.lose_lease();
        self.everybody().retain(|other| !Arc::ptr_eq(other, &memory));
    }

    /// Looks for what others wrote, for ever. When it cannot look, memory falls silent.
    async fn look_around(&self, memory: &Memory) {
        loop {
            if let Err(error) = self.look_repeatedly(memory).await {
                tracing::warn!(%error, "authority is not remembered: the database cannot be watched");
                memory.lose_lease();
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// `data_version` differs when another connection has written since it was last asked
    /// for, on the same connection. Ours leave nothing behind in `authority_changes`.
    async fn look_repeatedly(&self, memory: &Memory) -> Result<(), StoreError> {
        let connected = connect::connect(self.path.clone(), Access::Read, self.wait).await;
        let mut conn = connected.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        memory.flush();
        let mut known = None;
        loop {
            let before = memory.elapsed();
            let version = data_version(&mut conn).await.map_err(store_error)?;
            if known != Some(version) && any_change(&mut conn).await.map_err(store_error)? {
                self.tell_what_others_wrote().await?;
            }
            known = Some(version);
            memory.lease_until(before + STANDS_FOR);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn tell_what_others_wrote(&self) -> Result<(), StoreError> {
        let mut loan = Loan::from(&self.writers).await?;
        loan.conn()?.batch_execute(backend::BEGIN_WRITE).await.map_err(store_error)?;
        self.commit(loan).await.map(drop)
    }

    fn tell(&self, touched: &Touched) {
        for memory in self.everybody().iter() {
            memory.apply(touched);
        }
    }

    fn everybody(&self) -> MutexGuard<'_, Vec<Arc<Memory>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn data_version(conn: &mut Conn) -> QueryResult<i64> {
    let version: Version = sql_query("PRAGMA data_version").get_result(conn).await?;
    Ok(version.data_version)
}

async fn any_change(conn: &mut Conn) -> QueryResult<bool> {
    let statement = "SELECT kind, owner, id FROM authority_changes LIMIT 1";
    Ok(!sql_query(statement).load::<Change>(conn).await?.is_empty())
}

/// What this transaction, and others before it, left to be told.
async fn take_changes(conn: &mut Conn) -> QueryResult<Touched> {
    let statement = "DELETE FROM authority_changes RETURNING kind, owner, id";
    let changes: Vec<Change> = sql_query(statement).load(conn).await?;
    let keys: Option<Vec<Key>> = changes.iter().map(Change::key).collect();
    Ok(keys.map_or(Touched::Everything, Touched::Keys))
}

impl Change {
    /// `None` for what is no id.
    fn key(&self) -> Option<Key> {
        let owner = self.owner;
        let id = || uuid::Uuid::from_slice(&self.id).ok().map(Stored);
        match self.kind.as_str() {
            "user" => Some(Key::User(owner.into())),
            "session" => Some(Key::Session(owner.into(), id()?.into())),
            "member" => Some(Key::Member(owner.into(), id()?.into())),
            "role" => Some(Key::Role(owner.into(), id()?.into())),
            "org" => Some(Key::Org(owner.into())),
            _ => None,
        }
    }
}
