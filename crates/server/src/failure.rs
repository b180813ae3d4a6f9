//! Why a command ends with exit code 1: what is wrong, and what to do.

use std::io;
use std::path::PathBuf;

use bailiwick::infra::KeyError;
use bailiwick::kernel::Email;
use bailiwick::store::OpenError;
use bailiwick::{BuildError, ServeError};

use crate::settings::{DatabaseUrl, SettingsError};

/// The reasons. None of them shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// PostgreSQL, and no secret.
    #[error(
        "JWT_SECRET is not set, and with PostgreSQL none is generated, since all nodes need the same; make one \
         with `openssl rand -base64 48`"
    )]
    NoSecret,
    /// The data directory.
    #[error("DATA_DIR {} cannot be created: {source}; name a directory that can", .path.display())]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of a generated key.
    #[error("the key file {} cannot be read or written: {source}", .path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stands in the file of a generated key.
    #[error("the key file {} is damaged: {source}; restore it, or delete it to log everybody out", .path.display())]
    KeptKey {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A key from the settings.
    #[error("JWT_SECRET cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Another process serves from the file.
    #[error(
        "another process serves from the database {0}; stop it, or give this one a database of its own \
         (DATABASE_URL or DATA_DIR)"
    )]
    InUse(DatabaseUrl),
    /// The database.
    #[error("DATABASE_URL {url}: {source}")]
    Database {
        /// Which, without its password.
        url: DatabaseUrl,
        /// Why.
        source: OpenError,
    },
    /// A backup that cannot be written or restored.
    #[error("{}: {problem}", .path.display())]
    Backup {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A backup of PostgreSQL.
    #[error(
        "the database is PostgreSQL, which has programs of its own for this: save it with `pg_dump --format=custom`, \
         restore it with `pg_restore`, and end all sessions afterwards (UPDATE sessions SET ended_at = now() WHERE \
         ended_at IS NULL; DELETE FROM one_time_secrets). JWT_SECRET and the other settings belong to a backup as well"
    )]
    NoFile,
    /// The link to set the platform up with.
    #[error("the setup link cannot be made: {0}")]
    Setup(bailiwick::app::Error),
    /// An address to listen on.
    #[error("{setting} {address}: {problem}")]
    Bind {
        /// `BIND` or `METRICS_BIND`.
        setting: &'static str,
        /// Which.
        address: String,
        /// Why, and what to do.
        problem: String,
    },
    /// The folder of a SQLite file.
    #[error(
        "DATABASE_URL {url}: the folder {} does not exist; create it, or correct the path (only DATA_DIR is created)",
        .folder.display()
    )]
    NoFolder {
        /// Which database.
        url: DatabaseUrl,
        /// Which folder.
        folder: PathBuf,
    },
    /// There is no database, and the command creates none.
    #[error("{0} does not exist; correct DATA_DIR or DATABASE_URL, or start the service once to create it")]
    NoDatabase(DatabaseUrl),
    /// An argument of the command line, or its input.
    #[error("{name}: {problem}")]
    Input {
        /// Which.
        name: &'static str,
        /// Why.
        problem: String,
    },
    /// The account of an administrator.
    #[error("{email} cannot be made an administrator: {source}")]
    Admin {
        /// Whose.
        email: Email,
        /// Why.
        source: bailiwick::app::Error,
    },
    /// The address of a new administrator is in use.
    #[error(
        "{0} has an account; `bailiwick admin recover {0} --platform-admin` prints a link that makes it an \
         administrator's when a new password is chosen with it"
    )]
    HasAccount(Email),
    /// There is nothing to recover.
    #[error(
        "{0} has no account; `bailiwick admin create --email {0} --password-stdin` creates one for an administrator"
    )]
    NoAccount(Email),
    /// An account that cannot be recovered.
    #[error("the account of {email} cannot be recovered: {source}")]
    Recovery {
        /// Whose.
        email: Email,
        /// Why.
        source: bailiwick::app::Error,
    },
    /// The parts did not fit.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Signals, standard output, the runtime.
    #[error("the operating system refuses: {0}")]
    System(#[from] io::Error),
}
