//! The errors that end a command with exit code 1, each with its remedy.

use std::io;
use std::path::PathBuf;

use bailiwick::infra::KeyError;
use bailiwick::kernel::Email;
use bailiwick::store::OpenError;
use bailiwick::{BuildError, ServeError};

use crate::settings::{DatabaseUrl, SettingsError};

/// An error that ends a command. Its text shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database is PostgreSQL, and no secret is set.
    #[error(
        "JWT_SECRET is not set, and with PostgreSQL none is generated, because all nodes need the same; make one \
         with `openssl rand -base64 48`"
    )]
    NoSecret,
    /// The address of services for tests can be reached from other machines.
    #[cfg(feature = "testing")]
    #[error("--testing serves on loopback alone, because it asks nobody for a credential, and BIND is {0}")]
    NotLoopback(std::net::SocketAddr),
    /// The export of spans cannot be set up.
    #[cfg(feature = "otlp")]
    #[error("log.otlp_url: spans cannot be exported: {0}")]
    Export(String),
    /// The data directory cannot be created.
    #[error("DATA_DIR {} cannot be created: {source}; name a directory that can", .path.display())]
    DataDir {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file of a generated key cannot be read or written.
    #[error("the key file {} cannot be read or written: {source}", .path.display())]
    KeyFile {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file of a generated key holds no usable key.
    #[error("the key file {} is damaged: {source}; restore it, or delete it to log all users out", .path.display())]
    KeptKey {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: KeyError,
    },
    /// A key from the settings cannot be used.
    #[error("JWT_SECRET cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Another process serves from the file.
    #[error(
        "another process serves from the database {0}; stop it, or give this one a database of its own \
         (DATABASE_URL or DATA_DIR)"
    )]
    InUse(DatabaseUrl),
    /// The database cannot be used.
    #[error("DATABASE_URL {url}: {source}")]
    Database {
        /// The database, shown without its password.
        url: DatabaseUrl,
        /// The cause.
        source: OpenError,
    },
    /// A backup cannot be written or restored.
    #[error("{}: {problem}", .path.display())]
    Backup {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        problem: String,
    },
    /// Backup and restore of PostgreSQL are left to its own programs.
    #[error(
        "the database is PostgreSQL, which has programs of its own for this: save it with `pg_dump --format=custom`, \
         restore it with `pg_restore`, and end all sessions afterwards (UPDATE sessions SET ended_at = now() WHERE \
         ended_at IS NULL; DELETE FROM one_time_secrets). JWT_SECRET and the other settings belong to a backup as well"
    )]
    NoFile,
    /// The setup link of the platform cannot be made.
    #[error("the setup link cannot be made: {0}")]
    Setup(bailiwick::app::Error),
    /// The service cannot listen on an address.
    #[error("{setting} {address}: {problem}")]
    Bind {
        /// `BIND` or `METRICS_BIND`.
        setting: &'static str,
        /// The address.
        address: String,
        /// The cause and the remedy.
        problem: String,
    },
    /// The folder of a SQLite file does not exist.
    #[error(
        "DATABASE_URL {url}: the folder {} does not exist; create it, or correct the path (only DATA_DIR is created)",
        .folder.display()
    )]
    NoFolder {
        /// The database.
        url: DatabaseUrl,
        /// The missing folder.
        folder: PathBuf,
    },
    /// The database does not exist, and the command creates none.
    #[error("{0} does not exist; correct DATA_DIR or DATABASE_URL, or start the service once to create it")]
    NoDatabase(DatabaseUrl),
    /// An argument or the standard input of the command cannot be used.
    #[error("{name}: {problem}")]
    Input {
        /// The name of the argument.
        name: &'static str,
        /// The cause.
        problem: String,
    },
    /// An administrator cannot be created.
    #[error("{email} cannot be made an administrator: {source}")]
    Admin {
        /// The address of the account.
        email: Email,
        /// The cause.
        source: bailiwick::app::Error,
    },
    /// The address of a new administrator belongs to an account.
    #[error(
        "{0} has an account; `bailiwick admin recover {0} --platform-admin` prints a link that sets a new password \
         and makes the account an administrator"
    )]
    HasAccount(Email),
    /// The account to recover does not exist.
    #[error(
        "{0} has no account; `bailiwick admin create --email {0} --password-stdin` creates one for an administrator"
    )]
    NoAccount(Email),
    /// The recovery link of an account cannot be made.
    #[error("the account of {email} cannot be recovered: {source}")]
    Recovery {
        /// The address of the account.
        email: Email,
        /// The cause.
        source: bailiwick::app::Error,
    },
    /// The service cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The service failed while it started, served or stopped.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A call of the operating system failed: signals, standard output or the runtime.
    #[error("the operating system refuses: {0}")]
    System(#[from] io::Error),
}
