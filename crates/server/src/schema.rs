//! `bailiwick schema --print`.

use std::io::{Write, stdout};

use bailiwick::store::{OpenError, SchemaName};
use bailiwick_migrations::{MigrationText, POSTGRES_TEXTS, SQLITE_TEXTS, named_schema, script};

use crate::cli::{DatabaseKind, Schema};
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};

/// Prints the migrations of the database that the arguments or the settings name, as SQL. Connects to
/// nothing. [`Failure::Input`] if there is none with the version that `--after` names, or if the schema
/// that `--schema` names cannot be used.
pub fn print(settings: &Settings, arguments: &Schema) -> Result<(), Failure> {
    let kind = arguments.database.unwrap_or_else(|| kind_of(&settings.database_url()));
    let all = match kind {
        DatabaseKind::Postgres => POSTGRES_TEXTS,
        DatabaseKind::Sqlite => SQLITE_TEXTS,
    };
    let head = match schema(settings, arguments, kind)? {
        Some(schema) => named_schema(schema.as_str(), arguments.after.is_none()),
        None => String::new(),
    };
    let text = head + &script(later(all, arguments.after.as_deref())?);
    Ok(stdout().lock().write_all(text.as_bytes())?)
}

/// Returns the schema that the arguments or the settings name. That of the settings does not matter to
/// SQLite, which was then chosen by an argument.
fn schema(
    settings: &Settings,
    arguments: &Schema,
    kind: DatabaseKind,
) -> Result<Option<SchemaName>, Failure> {
    let refused = |problem: String| Failure::Input { name: "--schema", problem };
    match (&arguments.name, kind) {
        (Some(_), DatabaseKind::Sqlite) => Err(refused(OpenError::SchemaInFile.to_string())),
        (None, DatabaseKind::Sqlite) => Ok(None),
        (Some(name), DatabaseKind::Postgres) => {
            SchemaName::parse(name).map(Some).map_err(|error| refused(error.to_string()))
        }
        (None, DatabaseKind::Postgres) => {
            Ok(settings.database.schema.as_ref().map(|schema| schema.0.clone()))
        }
    }
}

fn kind_of(url: &DatabaseUrl) -> DatabaseKind {
    match url {
        DatabaseUrl::Sqlite(_) => DatabaseKind::Sqlite,
        DatabaseUrl::Postgres(_) => DatabaseKind::Postgres,
    }
}

/// Returns the migrations after this version of the history; all without one.
fn later<'m>(all: &'m [MigrationText], after: Option<&str>) -> Result<&'m [MigrationText], Failure> {
    let Some(version) = after else { return Ok(all) };
    let found = all.iter().position(|migration| migration.version() == version);
    let later = found.and_then(|position| all.get(position + 1..));
    later.ok_or_else(|| {
        let newest = all.last().map(MigrationText::version).unwrap_or_default();
        let problem = format!("no migration has the version {version:?}; the newest one is {newest}");
        Failure::Input { name: "--after", problem }
    })
}
