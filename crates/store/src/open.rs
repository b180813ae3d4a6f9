//! From a URL to a database.

use std::sync::Arc;

use bailiwick_app::Store;

use crate::engine::Engine;
use crate::{OpenError, Options, postgres, sqlite};

/// Opens the database at `url`. Its connections belong to the runtime that this is
/// called on, which must live as long as the database is used.
///
///
/// - `sqlite:PATH` is a file, made (readable by its owner alone, like its
///   folder) unless it exists. `:memory:` is refused: several connections share it.
/// - `postgres://USER:PASSWORD@HOST:PORT/NAME?..` is a server. Nothing is
///   connected yet, so a server that is down is noticed at the first use, and one
///   that comes back is used again. `sslmode` is `disable`, `prefer` (TLS if the
///   server offers it), `require` or `verify-full`; wherever TLS is spoken the
///   certificate and the name in it are checked, against Mozilla's roots and
///   [`Options::private_roots`] or, with `sslrootcert=FILE` (the path as it is), against those in
///   that PEM file alone. Without `sslmode` it is `disable` on this machine and `prefer` elsewhere.
pub async fn open(url: &str, options: &Options) -> Result<Database, OpenError> {
    let engine: Box<dyn Engine> = match url.split_once(':') {
        Some(("sqlite", path)) => Box::new(sqlite::SqliteDatabase::open(path, options).await?),
        Some(("postgres" | "postgresql", _)) => Box::new(postgres::PostgresDatabase::open(url, options)?),
        _ => return Err(OpenError::bad_scheme()),
    };
    Ok(Database { engine })
}

/// Refuses a URL of PostgreSQL whose parameters [`open`] would refuse. Nothing is read or
/// connected.
pub fn check_parameters(url: &str) -> Result<(), OpenError> {
    postgres::parameters::check(url)
}

/// An open database.
pub struct Database {
    engine: Box<dyn Engine>,
}

impl Database {
    /// The store for the use cases.
    pub fn store(&self) -> Arc<dyn Store> {
        self.engine.store()
    }

    /// Brings the schema up to date and names what was applied: nothing, when
    /// nothing was missing. Of several processes that try at once one works and
    /// the others wait, for [`Options::start_wait`] at most. What fails leaves nothing of
    /// itself behind.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        self.engine.migrate().await
    }

    /// The names of the migrations that [`Self::migrate`] would apply.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.engine.pending_migrations().await
    }

    /// Makes this process the only one that serves from a SQLite file, until the
    /// value is dropped: [`OpenError::InUse`] if another one does. Invalidation
    /// is a function call there, which does not reach another process. On
    /// PostgreSQL, where many processes serve, it does nothing.
    pub fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        self.engine.claim_exclusively()
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
