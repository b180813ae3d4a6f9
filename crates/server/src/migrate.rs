//! `bailiwick migrate`.

use std::io::{Write, stdout};

use crate::database;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::supervisor::Supervisor;

/// Brings the schema up to date and prints the applied migrations.
pub async fn run(settings: &Settings, supervisor: &Supervisor) -> Result<(), Failure> {
    let database = database::open(settings, supervisor).await?;
    let applied = database::migrate(settings, &database).await?;
    let mut out = stdout().lock();
    // Errors are ignored, because the database is migrated without a reader, too.
    if applied.is_empty() {
        let _ = writeln!(out, "Nothing to migrate");
    }
    for migration in applied {
        let _ = writeln!(out, "Applied {migration}");
    }
    Ok(())
}
