//! `bailiwick admin create` and `bailiwick admin recover`.

use std::io::{Read, Write, stderr, stdin, stdout};

use bailiwick::Bailiwick;
use bailiwick::app::authority::Public;
use bailiwick::app::{Error, accounts};
use bailiwick::infra::SystemIds;
use bailiwick::kernel::{DisplayName, Email};
use bailiwick::store::Database;
use bailiwick::users::{Password, UserError};

use crate::cli::{CreateAdmin, Recover};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::supervisor::Supervisor;
use crate::{database, keys, wiring};

/// Limit of standard input, in bytes, above the length of any password. The rest is not read.
const LONGEST_INPUT: u64 = 64 * 1024;

const UNKNOWN_ADDRESS: &str = "BIND has port 0 and PUBLIC_URL is not set, so this command does not know the address \
     of the service: write it before the path above.";

/// Creates an administrator and prints the id. Works beside a running service.
pub async fn create(
    settings: &Settings,
    arguments: &CreateAdmin,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    supervisor.waits_for_input("the end of standard input, and the password on it");
    let request = request(arguments)?;
    let database = database::open(settings, supervisor).await?;
    let bailiwick = build(settings, supervisor, database).await?;
    let created = bailiwick.app().create_admin(&Public, &request).await;
    let user = created.map_err(|source| match source {
        Error::User(UserError::EmailTaken) => Failure::HasAccount(request.email),
        source => Failure::Admin { email: request.email, source },
    })?;
    writeln!(stdout().lock(), "{}", user.id)?;
    Ok(())
}

/// Prints a link that sets a new password for an existing account. Works beside a running service,
/// because nothing changes until the link is used.
pub async fn recover(
    settings: &Settings,
    arguments: &Recover,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let email = Email::parse(&arguments.email).map_err(|error| input("EMAIL", &error))?;
    let database = database::open_existing(settings, supervisor).await?;
    let bailiwick = build(settings, supervisor, database).await?;
    let request = accounts::IssueRecovery { email, platform_admin: arguments.platform_admin };
    let issued = bailiwick.app().run(&Public, &request).await;
    let token = issued.map_err(|source| match source {
        Error::User(UserError::NotFound) => Failure::NoAccount(request.email),
        source => Failure::Recovery { email: request.email, source },
    })?;
    let is_known = wiring::has_local_url(settings);
    let base = if is_known { wiring::local_url(settings) } else { String::new() };
    writeln!(stdout().lock(), "{}", wiring::link(&base, "reset-password", &token))?;
    if !is_known {
        writeln!(stderr().lock(), "{UNKNOWN_ADDRESS}")?;
    }
    Ok(())
}

async fn build(
    settings: &Settings,
    supervisor: &Supervisor,
    database: Database,
) -> Result<Bailiwick, Failure> {
    database::migrate(settings, &database).await?;
    let stored = "the database to store the change (whether it did is not known if this fails)";
    supervisor.waits_for(stored, database::start_wait(settings));
    let keys = keys::unused(&SystemIds::new())?;
    let local = wiring::local_url(settings);
    Ok(wiring::builder(settings, keys, &local).database(database).build().await?)
}

fn request(arguments: &CreateAdmin) -> Result<accounts::CreateAdmin, Failure> {
    let (first_name, last_name) = arguments.names();
    Ok(accounts::CreateAdmin {
        email: Email::parse(&arguments.email).map_err(|error| input("--email", &error))?,
        first_name: DisplayName::parse(first_name).map_err(|error| input("--first-name", &error))?,
        last_name: DisplayName::parse_optional(last_name).map_err(|error| input("--last-name", &error))?,
        password: read_password(stdin().lock())?,
    })
}

fn read_password(source: impl Read) -> Result<Password, Failure> {
    let mut text = String::new();
    source
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .map_err(|error| input("--password-stdin", &error))?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Password::parse(line).map_err(|error| input("--password-stdin", &error))
}

fn input(name: &'static str, problem: &dyn std::error::Error) -> Failure {
    Failure::Input { name, problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_is_dropped_and_nothing_else() {
        let read = |text: &str| read_password(text.as_bytes()).unwrap().reveal().to_owned();
        assert_eq!(read("correct horse\n"), "correct horse");
        assert_eq!(read("correct horse\r\n"), "correct horse");
        assert_eq!(read("correct horse\n\n"), "correct horse\n");
        assert_eq!(read("  correct horse "), "  correct horse ");
        read_password("short\n".as_bytes()).unwrap_err();
        read_password([0xff; 9].as_slice()).unwrap_err();
    }
}
