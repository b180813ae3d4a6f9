//! Whether the file that is written to is still the one at its path.
//!
//! SQLite keeps its files open, so it notices neither that one was deleted or replaced nor
//! that another was copied over it: what it writes then is acknowledged and lost. The file
//! and those beside it are therefore compared with what they were when it was opened.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::sleep;
use std::time::Duration;

use bailiwick_kernel::StoreError;
use diesel::SqliteConnection;

use super::header::{Header, first_bytes};
use super::log_check::{beside, is_log_of};

/// A header or a length may be read while SQLite writes it, so a fault in them counts only if
/// it is found this often in succession.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// The device and the number of a file on it.
type Identity = (u64, u64);

/// The open file, and what was found out about it.
pub(super) struct FileWatch {
    path: PathBuf,
    /// While a connection is open, SQLite neither deletes nor replaces the files beside.
    _connection: Mutex<SqliteConnection>,
    identity: Identity,
    /// The files beside it, by the end of their names.
    beside: [(&'static str, Identity); 2],
    seen: Mutex<Seen>,
    fault: OnceLock<&'static str>,
}

/// What the file was at the last look.
struct Seen {
    file: Arc<File>,
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
    pub(super) fn start(path: PathBuf, file: Arc<File>, connection: SqliteConnection) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let header = Header::read(&file)?
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is no SQLite database"))?;
        let identity_of = |end| fs::metadata(beside(&path, end)).map(|found| (end, identity(&found)));
        Ok(Self {
            identity: identity(&metadata),
            beside: [identity_of("-wal")?, identity_of("-shm")?],
            path,
            _connection: Mutex::new(connection),
            seen: Mutex::new(Seen { file, header, length: metadata.len() }),
            fault: OnceLock::new(),
        })
    }

    /// Refuses if a fault was found. It stays until the process ends.
    pub(super) fn available(&self) -> Result<(), StoreError> {
        match self.fault.get() {
            None => Ok(()),
            Some(fault) => Err(StoreError::Unavailable(format!("the database file {fault}"))),
        }
    }

    /// Looks at the files, and refuses from then on if one is not as it was. It blocks.
    pub(super) fn examine(&self) -> Result<(), StoreError> {
        for look in 1.. {
            self.available()?;
            let found = self.look().map_err(|error| {
                StoreError::Unavailable(format!("the database file {}: {error}", self.path.display()))
            })?;
            match found {
                Look::AsBefore => return Ok(()),
                Look::Suspect(_) if look < LOOKS => sleep(PAUSE),
                Look::Suspect(fault) | Look::Fault(fault) => self.report(fault),
            }
        }
        Ok(())
    }

    fn report(&self, fault: &'static str) {
        if self.fault.set(fault).is_ok() {
            tracing::error!(
                file = %self.path.display(),
                "the database file {fault}, while it was in use. All requests are refused with 503 until a \
                 restart, because what is written now would be lost. Stop the service, put the file back \
                 together with its -wal, or restore a backup, and start again"
            );
        }
    }

    fn look(&self) -> io::Result<Look> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match found(&self.path)? {
            None => return Ok(Look::Fault("was deleted or moved away")),
            Some(metadata) if identity(&metadata) != self.identity => {
                return Ok(Look::Fault("was replaced by another"));
            }
            Some(_) => {}
        }
        for (end, known) in self.beside {
            match found(&beside(&self.path, end))? {
                Some(metadata) if identity(&metadata) == known => {}
                _ => return Ok(Look::Fault("lost its -wal or -shm, which was deleted or replaced")),
            }
        }
        if !self.log_is_intact(seen.header.page_size)? {
            return Ok(Look::Suspect("lost its -wal, which was overwritten"));
        }
        seen.look()
    }

    /// Reads the header of the log. It is empty until the first write after a checkpoint that
    /// truncated it.
    fn log_is_intact(&self, page_size: u64) -> io::Result<bool> {
        let bytes = first_bytes::<32>(&File::open(beside(&self.path, "-wal"))?)?;
        Ok(bytes.is_none_or(|bytes| is_log_of(&bytes, page_size)))
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

fn found(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    // An open file can be neither deleted nor replaced there.
    (0, 0)
}

/// The files that this process has open to read their headers.
///
/// One descriptor for each, because the operating system takes all locks of the process on
/// a file away, SQLite's too, when the process closes any descriptor of it.
fn open_files() -> MutexGuard<'static, HashMap<Identity, Weak<File>>> {
    static FILES: OnceLock<Mutex<HashMap<Identity, Weak<File>>>> = OnceLock::new();
    FILES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a file to read its header, or returns the descriptor that the process has already.
pub(super) fn open(path: &Path, open: impl FnOnce() -> io::Result<File>) -> io::Result<Arc<File>> {
    let mut files = open_files();
    files.retain(|_, file| file.strong_count() > 0);
    if let Some(metadata) = found(path)?
        && let Some(file) = files.get(&identity(&metadata)).and_then(Weak::upgrade)
        && cfg!(unix)
    {
        return Ok(file);
    }
    let file = Arc::new(open()?);
    files.insert(identity(&file.metadata()?), Arc::downgrade(&file));
    Ok(file)
}
