//! The command line.

use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};

use crate::settings::Flags;

/// Identity, organizations, roles and invitations.
///
/// Without a command it serves. Settings come from config/*.toml, .env, the
/// environment and the options below, of which what comes later wins;
/// config/default.toml in the sources explains each.
#[derive(Parser, Debug)]
#[command(name = "bailiwick", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings.
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

/// The URL of a database holds a password.
impl fmt::Debug for SettingFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingFlags").finish_non_exhaustive()
    }
}

impl SettingFlags {
    /// As the settings take them.
    pub fn to_flags(&self) -> Flags {
        Flags::default()
            .with("BIND", "from --bind", self.bind.as_deref())
            .with("DATA_DIR", "from --data-dir", self.data_dir.as_deref())
            .with("BAILIWICK_CONFIG", "from --config", self.config.as_deref())
            .with("DATABASE_URL", "from --database-url", self.database_url.as_deref())
    }
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Migrate the database, then serve until SIGTERM, SIGHUP or Ctrl-C
    Serve,
    /// Bring the schema of the database up to date
    Migrate,
    /// Save the SQLite database and the generated keys in a new folder, also while it is served
    ///
    /// The copy is checked, and a manifest holds the checksums. Settings, .env and unsent
    /// mail in files are not part of it. For PostgreSQL use `pg_dump`.
    Backup(Backup),
    /// Put a backup in the place of the SQLite database and the generated keys
    ///
    /// Refused while the database is served. The former files are kept beside. All sessions
    /// end, and mailed links (invitations apart), because a copy revives those that were ended
    /// or used after it was made.
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

/// Where a backup goes.
#[derive(Args, Debug)]
pub struct Backup {
    /// A folder that does not exist or is empty
    pub folder: PathBuf,
}

/// What is restored.
#[derive(Args, Debug)]
pub struct Restore {
    /// The folder of the backup
    pub folder: PathBuf,
    /// Keep the sessions and mailed links of the backup, also those that were ended or used since
    #[arg(long)]
    pub keep_sessions: bool,
}

/// What can be done about administrators.
#[derive(Subcommand, Debug)]
pub enum Admin {
    /// Create one; the address counts as verified. Prints the id
    Create(CreateAdmin),
    /// Let somebody in again. Prints a one-time link to choose a new password with
    ///
    /// Nothing changes before the link is used. Its use ends all sessions and the former
    /// password, and activates and verifies the account. The link works for as long as a
    /// mailed one ([auth] reset_minutes), and a newer one replaces it.
    Recover(Recover),
}

/// A new administrator.
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
    /// Given and family name: "Platform Administrator" if neither is given.
    pub fn names(&self) -> (&str, &str) {
        match (self.first_name.as_deref(), self.last_name.as_deref()) {
            (None, None) => ("Platform", "Administrator"),
            (first, last) => (first.unwrap_or("Platform"), last.unwrap_or_default()),
        }
    }
}

/// An account to be recovered.
#[derive(Args, Debug)]
pub struct Recover {
    /// Address of the account
    pub email: String,
    /// Make the account an administrator of the platform when the link is used
    #[arg(long)]
    pub platform_admin: bool,
}

/// What can be done about access tokens.
#[derive(Subcommand, Debug)]
pub enum Token {
    /// Read one from standard input, and say what it says and what is wrong with it
    ///
    /// Shape, algorithm, expiry, claims and, with the secret at hand, whether it
    /// verifies. Token and secret are not printed. No database is asked, so whether
    /// session and user still stand is not checked. Exit code 0 when the token would
    /// be accepted as far as this machine can tell, 1 when it would be refused.
    Inspect(Inspect),
}

/// How a token is looked at.
#[derive(Args, Debug)]
pub struct Inspect {
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// How the checks are told.
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
