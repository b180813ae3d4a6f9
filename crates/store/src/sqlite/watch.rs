//! Whether the file that is written to is still the one at its path.
//!
//! SQLite keeps its files open, so it notices neither that one was deleted or replaced nor
//! that another was copied over it: what it writes then is acknowledged and lost. The file
//! and those beside it are therefore compared with what they were when it was opened.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::forget;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use bailiwick_kernel::StoreError;
use diesel::{ConnectionError, ConnectionResult, SqliteConnection};

use super::backend::Conn;
use super::connect::{self, Access};
use super::header::Header;
use super::log_check::beside;
use super::log_index;
use super::open_files::{self, Identity, found, identity};
use crate::OpenError;

/// A header or a length may be read while SQLite writes it, so a fault in them counts only if
/// it is found this often in succession.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// Where a file is.
pub(super) struct Location {
    /// As the operator wrote it: symbolic links are followed anew at each look.
    pub named: PathBuf,
    /// Without symbolic links.
    pub path: PathBuf,
}

/// The open file, and what was found out about it.
pub(super) struct FileWatch {
    location: Location,
    /// While it is open, SQLite neither deletes nor replaces the files beside, and no other
    /// connection is the last one, which writes the log into the file when it is closed.
    connection: Mutex<Option<SqliteConnection>>,
    identity: Identity,
    /// The files beside it, by the end of their names.
    beside: [(&'static str, Identity); 2],
    /// The file that other processes see this one by, if it serves.
    claim: OnceLock<Identity>,
    seen: Mutex<Seen>,
    fault: OnceLock<&'static str>,
}

/// What the file was at the last look.
struct Seen {
    file: Arc<File>,
    /// `PATH-shm`.
    index: Arc<File>,
    header: Header,
    length: u64,
}

/// What a look found.
enum Look {
    AsBefore,
    Suspect(&'static str),
    Fault(&'static str),
}

impl FileWatch {
    /// The file that `connection` has open. `connection` has read from it.
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
            location,
        })
    }

    /// A connection for a pool. One that was opened when the file had been replaced already
    /// is never closed.
    pub(super) async fn connect(self: Arc<Self>, access: Access, wait: Duration) -> ConnectionResult<Conn> {
        let established = tokio::task::spawn_blocking(move || {
            let refused = |error: StoreError| ConnectionError::BadConnection(error.to_string());
            self.available().map_err(refused)?;
            let conn = connect::establish(&self.location.path, access, wait)?;
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

    /// Watches the file by which this process claims the database, too.
    pub(super) fn watch_claim(&self, claim: &File) -> io::Result<()> {
        let _ = self.claim.set(identity(&claim.metadata()?));
        Ok(())
    }

    /// Refuses if a fault was found. It stays until the process ends.
    pub(super) fn available(&self) -> Result<(), StoreError> {
        match self.fault.get() {
            None => Ok(()),
            Some(fault) => Err(StoreError::Stopped(format!("the database file {fault}"))),
        }
    }

    /// Looks at the files, and refuses from then on if one is not as it was. It blocks.
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

    /// Reads all of the file, because a statement found it damaged, and refuses from then on if
    /// it is. It blocks.
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
        // Not kept open, because SQLite locks nothing in it.
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
    /// The last connection that is closed writes the log into the file at the path, and deletes
    /// the log. After a fault both are left as they are: the connection stays open until the
    /// process ends, and so do the files, whose locks would end with any descriptor of them.
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
        // A checkpoint writes the header first, and then lengthens the file.
        if length < self.length && length < header.pages.saturating_mul(header.page_size) {
            return Ok(Look::Suspect("was truncated"));
        }
        (self.header, self.length) = (header, length);
        Ok(Look::AsBefore)
    }
}
