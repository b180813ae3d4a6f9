//! Maps failures of the databases to the errors of the store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_kernel::StoreError;
use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind as Kind, Error};

use crate::failure::{Information, sqlstate, statement_failure};

/// The reason that a database cannot be opened. No message shows the password of the URL.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL has no supported form.
    #[error("the database URL cannot be used: {0}")]
    BadUrl(String),
    /// The name of the schema cannot be used on PostgreSQL.
    #[error("the name of the database schema cannot be used: {0}")]
    BadSchemaName(String),
    /// A schema was named for a SQLite file.
    #[error(
        "a database schema was named, which only PostgreSQL has: leave it out, or use a URL that starts with \
         `postgres://`"
    )]
    SchemaInFile,
    /// The program was built without the database of the URL.
    #[error(
        "this program was built without the feature `{0}` of bailiwick, which the database URL needs; build it \
         with that feature, or change the URL"
    )]
    MissingFeature(&'static str),
    /// Another process serves from this SQLite file.
    #[error("another process is using the database file")]
    InUse,
    /// This process serves from this SQLite file already.
    #[error(
        "this process has claimed the database file already; a file has one instance, which can be shared"
    )]
    OpenTwice,
    /// The SQLite file does not exist, and the caller did not ask to create it.
    #[error("there is no database file yet")]
    Missing,
    /// The file or the certificates cannot be read.
    #[error("the database cannot be opened: {0}")]
    Unreadable(String),
    /// The SQLite file is damaged.
    #[error(
        "the database file is damaged: {problem}; restore a backup, or save what \
         can be read with `sqlite3 {path} .recover`"
    )]
    Damaged {
        /// The file.
        path: String,
        /// The message of SQLite.
        problem: String,
    },
    /// The write-ahead log beside the SQLite file belongs to another file.
    #[error(
        "{path}-wal does not belong to the database file beside it: {problem}; put back the file that it belongs \
         to, or restore a backup, or move the -wal away, which gives up the \
         changes in it"
    )]
    ForeignLog {
        /// The database file.
        path: String,
        /// The difference that was found.
        problem: &'static str,
    },
    /// The write-ahead log beside the SQLite file is damaged, and committed changes follow the damage.
    #[error(
        "{path}-wal is damaged: {frames} of its pages can be read, committed changes follow, and SQLite would drop \
         them in silence; both files were left as they are: restore a backup, or copy both aside and run \
         `sqlite3 {path} 'PRAGMA wal_checkpoint(TRUNCATE)'`, which gives up the changes after the damage"
    )]
    DamagedLog {
        /// The database file.
        path: String,
        /// Number of pages before the damage.
        frames: u64,
    },
    /// A restore of the SQLite file was started and did not finish.
    #[error(
        "a restore of {path} did not come to its end, so file and key may not fit: run `bailiwick restore` again; or \
         put the files whose names end with `.before-..` back, and delete {path}.restore-unfinished"
    )]
    RestoreUnfinished {
        /// The database file.
        path: String,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written: {problem}")]
    NotWritten {
        /// The file.
        path: String,
        /// Why.
        problem: String,
    },
    /// A later release migrated the database, and this one cannot serve it.
    #[error(
        "the schema of the database needs bailiwick {oldest} at least, and this is bailiwick {own}; run the later \
         release, or restore a backup from before it migrated the database"
    )]
    LaterSchema {
        /// The oldest release that can serve this schema.
        oldest: String,
        /// This release.
        own: &'static str,
    },
    /// The database does not tell which release it needs.
    #[error(
        "{0}, so it is not known which release the schema needs; restore a backup, or store the release that last \
         migrated the database there"
    )]
    BadSchemaSupport(String),
    /// The file is no database of this program.
    #[error("it is empty or the database of another program; correct DATA_DIR or DATABASE_URL")]
    NotOwn,
    /// The database cannot be reached.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A lock of another process was not released in time ([`crate::Options::start_wait`]), or the
    /// server accepted a connection and did not respond on it.
    #[error("waited {} s for {what}, without success", .limit.as_secs())]
    TimedOut {
        /// The lock or response that was waited for.
        what: &'static str,
        /// The time limit of the wait.
        limit: Duration,
    },
    /// A migration failed and was rolled back.
    #[error("the database cannot be migrated: {0}")]
    Migration(String),
}

/// Messages of SQLite about a lock of another writer.
const LOCKED: &[&str] = &["database is locked", "database table is locked", "database schema is locked"];
/// SQLSTATEs of statements that may succeed on a retry: serialization failure, deadlock, lock not
/// available.
const CONTENTION: &[&str] = &["40001", "40P01", "55P03"];
/// SQLSTATE classes of a value, or a change, that the database does not store: data exception,
/// integrity constraint violation.
const NOT_STORABLE: &[&str] = &["22", "23"];

/// Part of SQLite's message about a damaged file.
const MALFORMED: &str = "disk image is malformed";

/// Number of statements of this process that found a SQLite file damaged.
static DAMAGE_REPORTS: AtomicU64 = AtomicU64::new(0);

/// Returns a number that changes when a statement finds a SQLite file damaged. A statement does not
/// know its file, so a watcher checks its own file when the number changes.
pub fn damage_reports() -> u64 {
    DAMAGE_REPORTS.load(Ordering::Relaxed)
}

/// Maps a failed statement that violated no known rule. Commands that fail by [`StoreError::Contention`] are
/// tried again, so an embedding program maps the failures of its own statements by this too.
pub fn store_error(error: Error) -> StoreError {
    let text = statement_failure(&error);
    if text.contains(MALFORMED) {
        DAMAGE_REPORTS.fetch_add(1, Ordering::Relaxed);
    }
    match error {
        Error::DatabaseError(kind, info) => of_database(kind, &*info, text),
        Error::DeserializationError(_) => StoreError::Corrupt(text),
        Error::SerializationError(_) | Error::QueryBuilderError(_) | Error::InvalidCString(_) => {
            StoreError::Refused(text)
        }
        _ => StoreError::Unavailable(text),
    }
}

/// Maps a deletion that failed because other rows refer to the row. Those are rows of an embedding program:
/// the rows of this crate's tables are deleted with it.
pub fn unless_referenced(rows: QueryResult<usize>) -> Result<QueryResult<usize>, StoreError> {
    match rows {
        Err(error @ Error::DatabaseError(Kind::ForeignKeyViolation | Kind::RestrictViolation, _)) => {
            Err(StoreError::Referenced(statement_failure(&error)))
        }
        other => Ok(other),
    }
}

fn of_database(kind: Kind, info: &Information, text: String) -> StoreError {
    let state = sqlstate(kind, info);
    let is_one_of = |states: &[&str]| state.is_some_and(|state| states.iter().any(|s| state.starts_with(s)));
    match kind {
        Kind::SerializationFailure => StoreError::Contention(text),
        Kind::UniqueViolation
        | Kind::ForeignKeyViolation
        | Kind::NotNullViolation
        | Kind::CheckViolation
        | Kind::RestrictViolation
        | Kind::ExclusionViolation => StoreError::Refused(text),
        _ if is_one_of(CONTENTION) => StoreError::Contention(text),
        _ if LOCKED.iter().any(|phrase| info.message().contains(phrase)) => StoreError::Contention(text),
        _ if is_one_of(NOT_STORABLE) => StoreError::Refused(text),
        _ => StoreError::Unavailable(text),
    }
}

/// Reports a stored value that this program never writes.
pub fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: Kind, message: &str) -> StoreError {
        store_error(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn retryable_errors_are_distinguished_from_others() {
        for message in ["deadlock detected", "database is locked", "database table is locked: users"] {
            assert!(matches!(failure(Kind::Unknown, message), StoreError::Contention(_)), "{message}");
        }
        assert!(matches!(failure(Kind::SerializationFailure, "x"), StoreError::Contention(_)));
        for message in ["canceling statement due to lock timeout", "could not obtain lock on row in relation"]
        {
            assert!(matches!(failure(Kind::Unknown, message), StoreError::Contention(_)), "{message}");
        }
        assert!(matches!(failure(Kind::Unknown, "value too long for type x"), StoreError::Refused(_)));
        for message in [
            "canceling statement due to statement timeout",
            "terminating connection due to administrator command",
            "database or disk is full",
            "disk I/O error",
            "attempt to write a readonly database",
        ] {
            assert!(matches!(failure(Kind::Unknown, message), StoreError::Unavailable(_)), "{message}");
        }
        assert!(matches!(failure(Kind::UnableToSendCommand, "x"), StoreError::Unavailable(_)));
        assert!(matches!(failure(Kind::CheckViolation, "x"), StoreError::Refused(_)));
        assert!(matches!(
            store_error(Error::DeserializationError("a timestamp out of range".into())),
            StoreError::Corrupt(_)
        ));
    }
}
