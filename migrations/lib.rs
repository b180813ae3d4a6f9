//! The migrations of both databases, embedded in the program.
//!
//! Depends on nothing else in the workspace. Start reading in the folders `postgres` and `sqlite`,
//! which hold one folder for each migration, under the same number in both.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// The migrations of PostgreSQL, oldest first.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("postgres");
/// The migrations of SQLite, oldest first.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("sqlite");
/// Hash of the texts of all migrations, 16 hexadecimal digits. A migrated database that is named by
/// it can be copied as long as the migrations stay as they are.
pub const FINGERPRINT: &str = env!("MIGRATIONS_FINGERPRINT");
