//! Migrations as one text of SQL.

/// A migration as text.
#[derive(Clone, Copy, Debug)]
pub struct MigrationText {
    /// Name of its folder: date, number and purpose.
    pub name: &'static str,
    /// The statements that apply it.
    pub up: &'static str,
}

impl MigrationText {
    /// Returns what the history stores of it: the digits of date and number.
    pub fn version(&self) -> String {
        self.name.chars().take_while(|char| *char != '_').filter(char::is_ascii_digit).collect()
    }
}

/// The history of migrations, as diesel creates it.
const HISTORY: &str = "\
CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
";

/// Returns SQL that applies these migrations, in this order and one transaction each, and writes each
/// into the history. A program that then migrates the database finds them applied.
pub fn script(migrations: &[MigrationText]) -> String {
    HISTORY.to_owned() + &migrations.iter().map(transaction).collect::<String>()
}

/// Returns SQL for PostgreSQL that creates this schema if it is missing, and lets the statements of
/// [`script`] that follow in the same session create everything in it. `whole` says that these are all
/// migrations; then notifications and settings are named after the schema. The name must be a plain
/// identifier; it is not checked here.
pub fn named_schema(name: &str, whole: bool) -> String {
    // `IF NOT EXISTS` would need the right to create even if the schema exists.
    let own = if whole { format!("SET bailiwick.own_schema = '{name}';\n") } else { String::new() };
    format!(
        "DO $$ BEGIN IF to_regnamespace('\"{name}\"') IS NULL THEN CREATE SCHEMA \"{name}\"; END IF; END $$;\n\
         SET search_path = \"{name}\", pg_temp;\n{own}\n"
    )
}

fn transaction(migration: &MigrationText) -> String {
    let (name, up, version) = (migration.name, migration.up.trim(), migration.version());
    let history = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}');");
    format!("\n-- Migration {name}\n\nBEGIN;\n\n{up}\n\n{history}\n\nCOMMIT;\n")
}
