//! The command line.

use clap::{Args, Parser, Subcommand};

/// Identity, organisations, roles and invitations.
///
/// Without a command it serves. Settings come from config/*.toml, .env and the
/// environment; config/default.toml in the sources explains each.
#[derive(Parser, Debug)]
#[command(name = "bailiwick", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Migrate the database, then serve until SIGTERM or Ctrl-C
    Serve,
    /// Bring the schema of the database up to date
    Migrate,
    /// Administrators of the platform
    #[command(subcommand)]
    Admin(Admin),
}

/// What can be done about administrators.
#[derive(Subcommand, Debug)]
pub enum Admin {
    /// Create one; the address counts as verified. Prints the id
    Create(CreateAdmin),
    /// Make one of the account with this address, switched on. Prints a link to choose
    /// a password with
    Recover {
        /// Address of the account
        email: String,
    },
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
    /// Given name
    #[arg(long, default_value = "Platform")]
    pub first_name: String,
    /// Family name
    #[arg(long, default_value = "Administrator")]
    pub last_name: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_means_serve() {
        assert!(Cli::try_parse_from(["bailiwick"]).unwrap().command.is_none());
    }

    #[test]
    fn a_password_comes_from_standard_input_alone() {
        let create = ["bailiwick", "admin", "create", "--email", "ada@example.com"];
        Cli::try_parse_from(create).unwrap_err();
        Cli::try_parse_from(create.into_iter().chain(["--password", "x"])).unwrap_err();
        Cli::try_parse_from(create.into_iter().chain(["--password-stdin"])).unwrap();
    }
}
