//! Checks that the open file is still the one at its path.
//!
//! SQLite keeps its files open, so it does not notice if one is deleted, replaced or overwritten by
//! a copy: later writes are acknowledged and lost. The file and those beside it are therefore
//! compared with their state at opening.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::forget;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use bailiwick_kernel::StoreError;
use bailiwick_sql::OpenError;
use diesel::{ConnectionError, ConnectionResult, QueryResult, SqliteConnection};

use super::backend::Conn;
use super::connect::{self, Access};
use super::header::Header;
use super::location::{Location, beside};
use super::log_index;
use super::open_files::{self, Identity, found, identity};
use super::state_mark;

/// Number of successive checks that must find a fault in a header or a length, because SQLite may
/// be writing them.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// The open file, and its faults.
pub(super) struct FileWatch {
    location: Location,
    /// While it is open, SQLite neither deletes nor replaces the files beside the database. No
    /// other connection can be the last one, which writes the log into the file when it closes.
    connection: Mutex<Option<SqliteConnection>>,
    identity: Identity,
    /// The files beside it, by the suffix of their names.
    beside: [(&'static str, Identity); 2],
    /// The lock file that shows the claim to other processes, if this process serves.
    claim: OnceLock<Identity>,
    seen: Mutex<Seen>,
    fault: OnceLock<&'static str>,
    /// Number of rows that the connection of the pool of writers had changed at its last mark.
    marked: AtomicI64,
}

/// State of the file at the last check.
struct Seen {
    file: Arc<File>,
    /// `PATH-shm`.
    index: Arc<File>,
    header: Header,
    length: u64,
}

/// Result of a check.
enum Look {
    AsBefore,
    Suspect(&'static str),
    Fault(&'static str),
}

impl FileWatch {
    /// Starts to watch the file that `connection` has open and has read from.
    pub(super) fn start(
        location: Location,
        file: Arc<File>,
        connection: SqliteConnection,
    ) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let header = Header::read(&file)?
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is no SQLite database"))?;
        let at = |end| beside(&location.path, end);
        let identity_of = |end| std::fs::metadata(at(end)).map(|found| (end, identity(&found)));
        let index = open_files::open(&at("-shm"), || File::open(at("-shm")))?;
        Ok(Self {
            identity: identity(&metadata),
            beside: [identity_of("-wal")?, identity_of("-shm")?],
            connection: Mutex::new(Some(connection)),
            claim: OnceLock::new(),
            seen: Mutex::new(Seen { file, index, header, length: metadata.len() }),
            fault: OnceLock::new(),
            marked: AtomicI64::new(0),
            location,
        })
    }

    /// Establishes a connection for a pool. If the file has already been replaced, the connection
    /// is never closed.
    pub(super) async fn connect(self: Arc<Self>, access: Access, wait: Duration) -> ConnectionResult<Conn> {
        let established = tokio::task::spawn_blocking(move || {
            let refused = |error: StoreError| ConnectionError::BadConnection(error.to_string());
            self.available().map_err(refused)?;
            let conn = connect::establish(&self.location.path, access, wait)?;
            if matches!(access, Access::Write) {
                self.marked.store(0, Ordering::Relaxed);
            }
            match self.examine() {
                Ok(()) => Ok(conn),
                Err(error) => {
                    forget(conn);
                    Err(refused(error))
                }
            }
        });
        let bad = |error: tokio::task::JoinError| ConnectionError::BadConnection(error.to_string());
        Ok(Conn::new(established.await.map_err(bad)??))
    }

    /// Marks the state of the file that the open transaction of the one writer makes, unless it
    /// changes nothing.
    pub(super) async fn mark(&self, conn: &mut Conn) -> QueryResult<()> {
        let known = self.marked.load(Ordering::Relaxed);
        let changed = state_mark::store_if_changed(conn, known).await?;
        self.marked.store(changed, Ordering::Relaxed);
        Ok(())
    }

    /// Watches the lock file of this process's claim, too.
    pub(super) fn watch_claim(&self, claim: &File) -> io::Result<()> {
        let _ = self.claim.set(identity(&claim.metadata()?));
        Ok(())
    }

    /// Fails if a fault was found, which is permanent until the process ends.
    pub(super) fn available(&self) -> Result<(), StoreError> {
        match self.fault.get() {
            None => Ok(()),
            Some(fault) => Err(StoreError::Stopped(format!("the database file {fault}"))),
        }
    }

    /// Checks the files. Fails permanently if one has changed. Blocks.
    pub(super) fn examine(&self) -> Result<(), StoreError> {
        for look in 1.. {
            self.available()?;
            let found = self.look().map_err(|error| {
                let path = self.location.path.display();
                StoreError::Unavailable(format!("the database file {path}: {error}"))
            })?;
            match found {
                Look::AsBefore => return Ok(()),
                Look::Suspect(_) if look < LOOKS => sleep(PAUSE),
                Look::Suspect(fault) | Look::Fault(fault) => self.report(fault),
            }
        }
        Ok(())
    }

    /// Reads the whole file after a statement found it damaged, and fails permanently if it is.
    /// Blocks.
    pub(super) fn find_damage(&self, wait: Duration) {
        let mut conn = self.connection();
        let checked = conn.as_mut().map(|conn| connect::quick_check(&self.location.path, conn, wait));
        if matches!(checked, Some(Err(OpenError::Damaged { .. }))) {
            self.report("was damaged");
        }
    }

    fn report(&self, fault: &'static str) {
        if self.fault.set(fault).is_ok() {
            tracing::error!(
                file = %self.location.named.display(),
                "the database file {fault}, while it was in use. All requests are refused with 503 until a \
                 restart, because what is written now would be lost. Stop the service, put the file back \
                 together with its -wal, or restore a backup, and start again"
            );
        }
    }

    fn look(&self) -> io::Result<Look> {
        let mut seen = self.seen();
        for path in [&self.location.path, &self.location.named] {
            match found(path)? {
                None => return Ok(Look::Fault("was deleted or moved away")),
                Some(metadata) if identity(&metadata) != self.identity => {
                    return Ok(Look::Fault("was replaced by another"));
                }
                Some(_) => {}
            }
        }
        for (end, known) in self.beside {
            if !self.is_beside(end, known)? {
                return Ok(Look::Fault("lost its -wal or -shm, which was deleted or replaced"));
            }
        }
        if let Some(claim) = self.claim.get()
            && !self.is_beside(".lock", *claim)?
        {
            return Ok(Look::Fault(
                "lost its .lock, which was deleted or replaced, so that another process may serve it as well",
            ));
        }
        // Not kept open, because SQLite holds no lock in it.
        let log = File::open(beside(&self.location.path, "-wal"))?;
        if let Some(fault) = log_index::fault(&seen.index, &log, seen.header.page_size)? {
            return Ok(Look::Suspect(fault));
        }
        seen.look()
    }

    fn is_beside(&self, end: &str, known: Identity) -> io::Result<bool> {
        Ok(found(&beside(&self.location.path, end))?.is_some_and(|metadata| identity(&metadata) == known))
    }

    fn connection(&self) -> MutexGuard<'_, Option<SqliteConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FileWatch {
    /// The last connection that closes writes the log into the file at the path, and deletes the
    /// log. After a fault both must stay unchanged: the connection stays open until the process
    /// ends, and so do the files, because closing any descriptor would release their locks.
    fn drop(&mut self) {
        if self.examine().is_err() {
            forget(self.connection().take());
            let seen = self.seen();
            forget((Arc::clone(&seen.file), Arc::clone(&seen.index)));
        }
    }
}

impl Seen {
    fn look(&mut self) -> io::Result<Look> {
        let length = self.file.metadata()?.len();
        let Some(header) = Header::read(&self.file)? else {
            return Ok(Look::Suspect("was truncated or overwritten"));
        };
        if !header.is_of_same_file(&self.header) {
            return Ok(Look::Suspect("was overwritten by another"));
        }
        if header.is_before(&self.header) {
            return Ok(Look::Suspect("was overwritten by an older copy"));
        }
        // A checkpoint writes the header first, and then extends the file.
        if length < self.length && length < header.pages.saturating_mul(header.page_size) {
            return Ok(Look::Suspect("was truncated"));
        }
        (self.header, self.length) = (header, length);
        Ok(Look::AsBefore)
    }
}
