//! Opens a database by its URL.

use std::sync::Arc;

use bailiwick_app::Store;
use bailiwick_sql::Engine;

use crate::refused::refused;
use crate::{OpenError, Options};

/// Opens the database at `url`. Its connections belong to the runtime of the caller, which must run
/// as long as the database is used.
///
/// - `sqlite:PATH` is a file, created (readable by its owner alone, like its folder) unless it
///   exists. `:memory:` is refused, because several connections share the database.
/// - `postgres://USER:PASSWORD@HOST:PORT/NAME?..` is a server. It is connected to at the first use,
///   and again after an outage. `sslmode` is `disable`, `prefer` (TLS if the server offers it),
///   `require` or `verify-full`. Over TLS the certificate and its host name are always verified,
///   against Mozilla's roots and [`Options::private_roots`] or, with `sslrootcert=FILE` (the path
///   as it is), against those in that PEM file alone. The default of `sslmode` is `disable` on this
///   machine and `prefer` elsewhere.
///
/// [`OpenError::BadSchemaName`] or [`OpenError::SchemaInFile`] if [`Options::schema`] cannot be used;
/// [`OpenError::MissingFeature`] if the program was built without that database.
pub async fn open(url: &str, options: &Options) -> Result<Database, OpenError> {
    let engine: Box<dyn Engine> = match url.split_once(':') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) => {
            without_schema(options)?;
            Box::new(bailiwick_sqlite::SqliteDatabase::open(path, options).await?)
        }
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            Box::new(bailiwick_postgres::PostgresDatabase::open(url, options)?)
        }
        _ => return Err(refused(url)),
    };
    Ok(Database { engine })
}

/// Refuses a schema for a SQLite file.
#[cfg(feature = "sqlite")]
pub(crate) fn without_schema(options: &Options) -> Result<(), OpenError> {
    if options.schema.is_some() { Err(OpenError::SchemaInFile) } else { Ok(()) }
}

#[cfg(feature = "postgres")]
pub use bailiwick_postgres::check_parameters;

/// Refuses every PostgreSQL URL, because the program was built without PostgreSQL.
#[cfg(not(feature = "postgres"))]
pub fn check_parameters(_url: &str) -> Result<(), OpenError> {
    Err(OpenError::MissingFeature("postgres"))
}

/// An open database.
pub struct Database {
    engine: Box<dyn Engine>,
}

impl Database {
    /// Uses a pool of an embedding program, whose connections are those of `bailiwick` while a statement
    /// or a transaction of it runs: their search path, timeouts and isolation are set when they are
    /// taken from the pool, and set back when they are returned. A connection in an unknown state is
    /// closed.
    ///
    /// [`Options::schema`] is `public` unless it is set, and [`Options::pool_size`] has no effect. The
    /// pool must lead to the server itself or to a pooler of sessions.
    ///
    /// With `listen_url`, a URL of the same database, this process holds two more connections, over
    /// which it is told of changes, and answers checks from its cache. Without it each check asks the
    /// database, and a commit that changes authority waits at most 3.25 seconds for other processes that
    /// answer from their caches, because it cannot receive acknowledgements.
    ///
    /// [`OpenError::BadUrl`] or [`OpenError::BadSchemaName`] if the arguments cannot be used.
    #[cfg(feature = "postgres")]
    pub fn from_postgres_pool(
        pool: bailiwick_postgres::PostgresPool,
        listen_url: Option<&str>,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let engine = bailiwick_postgres::PostgresDatabase::from_pool(pool, listen_url, options)?;
        Ok(Self { engine: Box::new(engine) })
    }

    /// Returns the store for the use cases.
    pub fn store(&self) -> Arc<dyn Store> {
        self.engine.store()
    }

    /// Applies the missing migrations and returns their names. If several processes migrate at
    /// once, one applies them and the others wait, for [`Options::start_wait`] at most. A failed
    /// migration is rolled back.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        self.engine.migrate().await
    }

    /// Returns the names of the migrations that [`Self::migrate`] would apply.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, OpenError> {
        self.engine.pending_migrations().await
    }

    /// Claims a SQLite file for this process until the value is dropped; [`OpenError::InUse`] if
    /// another process serves from it. Invalidation of a SQLite database is a function call, which
    /// does not reach another process. Does nothing on PostgreSQL, where many processes serve.
    pub fn claim_exclusively(&mut self) -> Result<(), OpenError> {
        self.engine.claim_exclusively()
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}
