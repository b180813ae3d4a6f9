//! The command line.

use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::settings::Flags;

/// Identity, organizations, roles and invitations.
///
/// Without a command it serves. Settings come from config/*.toml, .env, the
/// environment and the options below, of which what comes later wins;
/// config/default.toml in the sources explains each.
#[derive(Parser, Debug)]
#[command(name = "bailiwick", version)]
pub struct Cli {
    /// The command; none means `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings that are given as options.
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// Settings that every command takes as options.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingFlags {
    /// Listen on this address, instead of BIND
    #[arg(long, global = true, value_name = "HOST:PORT", value_parser = NonEmptyStringValueParser::new())]
    bind: Option<String>,
    /// Keep the embedded database, generated keys and unsent mail here, instead of in DATA_DIR
    #[arg(long, global = true, value_name = "FOLDER", value_parser = NonEmptyStringValueParser::new())]
    data_dir: Option<String>,
    /// Read this file instead of config/*.toml, instead of BAILIWICK_CONFIG
    #[arg(long, global = true, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    config: Option<String>,
    /// Use this database, instead of DATABASE_URL. Other users of the machine can read a
    /// password in it
    #[arg(long, global = true, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    database_url: Option<String>,
}

/// Shows no value, because the URL of a database may hold a password.
impl fmt::Debug for SettingFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingFlags").finish_non_exhaustive()
    }
}

impl SettingFlags {
    /// Converts the options to the flags that the settings are read with.
    pub fn to_flags(&self) -> Flags {
        Flags::default()
            .with("BIND", "from --bind", self.bind.as_deref())
            .with("DATA_DIR", "from --data-dir", self.data_dir.as_deref())
            .with("BAILIWICK_CONFIG", "from --config", self.config.as_deref())
            .with("DATABASE_URL", "from --database-url", self.database_url.as_deref())
    }
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Migrate the database, then serve until SIGTERM, SIGHUP or Ctrl-C
    Serve(Serve),
    /// Bring the schema of the database up to date
    Migrate,
    /// Print the schema as SQL, for teams that apply migrations with a tool of their own
    ///
    /// Nothing is connected or changed. The SQL also writes the history, so that `migrate` and
    /// `serve` find the migrations applied.
    Schema(Schema),
    /// Save the SQLite database and the generated keys in a new folder, also beside a running service
    ///
    /// The copy is checked, and a manifest holds the checksums. Settings, .env and unsent
    /// mail in files are not part of it. For PostgreSQL use `pg_dump`.
    Backup(Backup),
    /// Replace the SQLite database and the generated keys with those of a backup
    ///
    /// Refused while a service uses the database. The former files are kept beside the new ones.
    /// All sessions and mailed links except invitations end, because a backup revives those that
    /// were ended or used after it was made.
    Restore(Restore),
    /// Administrators of the platform
    #[command(subcommand)]
    Admin(Admin),
    /// Access tokens
    #[command(subcommand)]
    Token(Token),
    /// Check settings, secret, clock, database, mail and Redis; change nothing
    ///
    /// Exit code 0 when no check failed (warnings are allowed), 1 otherwise. It works
    /// beside a running service, and before there is one.
    Doctor(Doctor),
}

/// The arguments of `serve`.
#[derive(Args, Debug, Default)]
pub struct Serve {
    /// Serve many throw-away services, each under /t/TOKEN, for the tests of other programs
    ///
    /// The first request creates the service of a token that the test chooses: a store in memory,
    /// a clock that stands still, and a mailbox. /t/TOKEN/_test controls them. Only on
    /// loopback; nothing is stored.
    #[cfg(feature = "testing")]
    #[arg(long)]
    pub testing: bool,
}

/// The arguments of `schema`.
#[derive(Args, Debug)]
pub struct Schema {
    /// Print the SQL to standard output
    #[arg(long, required = true)]
    pub print: bool,
    /// The kind of database; without it that of DATABASE_URL
    #[arg(long, value_enum)]
    pub database: Option<DatabaseKind>,
    /// Create the tables in this schema of PostgreSQL, instead of the one in database.schema
    #[arg(long = "schema", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Print only the migrations after this version, the newest in the table
    /// __diesel_schema_migrations
    #[arg(long, value_name = "VERSION")]
    pub after: Option<String>,
}

/// The kinds of database.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub enum DatabaseKind {
    /// PostgreSQL
    Postgres,
    /// SQLite
    Sqlite,
}

/// The arguments of `backup`.
#[derive(Args, Debug)]
pub struct Backup {
    /// A folder that does not exist or is empty
    pub folder: PathBuf,
}

/// The arguments of `restore`.
#[derive(Args, Debug)]
pub struct Restore {
    /// The folder of the backup
    pub folder: PathBuf,
    /// Keep the sessions and mailed links of the backup, also those that were ended or used since
    #[arg(long)]
    pub keep_sessions: bool,
}

/// The commands for administrators.
#[derive(Subcommand, Debug)]
pub enum Admin {
    /// Create an administrator, whose address counts as verified. Prints the id
    Create(CreateAdmin),
    /// Recover an account. Prints a one-time link that sets a new password
    ///
    /// Nothing changes until the link is used. Its use ends all sessions, replaces the
    /// password, and activates and verifies the account. The link is valid for as long as a
    /// mailed one ([auth] reset_minutes), and a newer one replaces it.
    Recover(Recover),
}

/// The arguments of `admin create`.
#[derive(Args, Debug)]
pub struct CreateAdmin {
    /// Address to log in with
    #[arg(long)]
    pub email: String,
    /// Read the password from standard input; one newline at its end is dropped
    #[arg(long, required = true)]
    pub password_stdin: bool,
    /// Given name; "Platform Administrator" if no name is given
    #[arg(long)]
    first_name: Option<String>,
    /// Family name, if the person has one
    #[arg(long)]
    last_name: Option<String>,
}

impl CreateAdmin {
    /// Returns given and family name: "Platform Administrator" if neither is given.
    pub fn names(&self) -> (&str, &str) {
        match (self.first_name.as_deref(), self.last_name.as_deref()) {
            (None, None) => ("Platform", "Administrator"),
            (first, last) => (first.unwrap_or("Platform"), last.unwrap_or_default()),
        }
    }
}

/// The arguments of `admin recover`.
#[derive(Args, Debug)]
pub struct Recover {
    /// Address of the account
    pub email: String,
    /// Make the account an administrator of the platform when the link is used
    #[arg(long)]
    pub platform_admin: bool,
}

/// The commands for access tokens.
#[derive(Subcommand, Debug)]
pub enum Token {
    /// Read a token from standard input, and print its contents and its faults
    ///
    /// Shape, algorithm, expiry, claims and, with the secret at hand, whether it
    /// verifies. Token and secret are not printed. The database is not queried, so session
    /// and user are not checked. Exit code 0 when the token would be accepted as far as
    /// this machine can tell, 1 when it would be refused.
    Inspect(Inspect),
}

/// The arguments of `token inspect`.
#[derive(Args, Debug)]
pub struct Inspect {
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert!(Cli::command().get_about().unwrap().to_string().starts_with("Identity"));
    }

    #[test]
    fn no_command_means_serve() {
        assert!(Cli::try_parse_from(["bailiwick"]).unwrap().command.is_none());
    }

    #[test]
    fn a_first_name_alone_is_the_whole_name() {
        let named = |names: &[&str]| {
            let create = ["bailiwick", "admin", "create", "--email", "a@example.com", "--password-stdin"];
            let line = create.into_iter().chain(names.iter().copied());
            match Cli::try_parse_from(line).unwrap().command {
                Some(Command::Admin(Admin::Create(admin))) => {
                    let (first, last) = admin.names();
                    (first.to_owned(), last.to_owned())
                }
                other => panic!("{other:?}"),
            }
        };
        let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(named(&[]), pair("Platform", "Administrator"));
        assert_eq!(named(&["--first-name", "Suharto"]), pair("Suharto", ""));
        assert_eq!(named(&["--first-name", "Ada", "--last-name", "Byron"]), pair("Ada", "Byron"));
        assert_eq!(named(&["--last-name", ""]), pair("Platform", ""));
    }

    #[test]
    fn a_password_comes_from_standard_input_alone() {
        let create = ["bailiwick", "admin", "create", "--email", "ada@example.com"];
        Cli::try_parse_from(create).unwrap_err();
        Cli::try_parse_from(create.into_iter().chain(["--password", "x"])).unwrap_err();
        Cli::try_parse_from(create.into_iter().chain(["--password-stdin"])).unwrap();
    }
}
