//! The migrations of both databases, embedded in the program.
//!
//! **When to use it alone.** To apply the schema by a tool of your own: `script` returns it as
//! SQL.
//!
//! Depends on nothing else in the workspace. Start reading in the folders `postgres` and `sqlite`,
//! which hold one folder for each migration, under the same number in both. [`script`] returns them
//! as text, for teams that apply migrations with a tool of their own:
//!
//! ```
//! let script = bailiwick_migrations::script(bailiwick_migrations::SQLITE_TEXTS);
//! assert!(script.contains("CREATE TABLE users"));
//! ```

mod script;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

pub use script::{MigrationText, named_schema, script};

/// The migrations of PostgreSQL, oldest first.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("postgres");
/// The migrations of SQLite, oldest first.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("sqlite");
/// The migrations of PostgreSQL as text, oldest first.
pub const POSTGRES_TEXTS: &[MigrationText] = include!(concat!(env!("OUT_DIR"), "/postgres.rs"));
/// The migrations of SQLite as text, oldest first.
pub const SQLITE_TEXTS: &[MigrationText] = include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
/// Hash of the texts of all migrations, 16 hexadecimal digits. A migrated database that is named by
/// it can be copied as long as the migrations stay as they are.
pub const FINGERPRINT: &str = env!("MIGRATIONS_FINGERPRINT");
