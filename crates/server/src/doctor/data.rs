//! Checks the database, its contents, and the clocks on both sides.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bailiwick::infra::SystemClock;
use bailiwick::kernel::{Clock, OrgId};
use bailiwick::store::{Contents, Health, OpenError, Undeliverable, find_damage, inspect};
use tokio::time::timeout;

use super::clock::clock;
use super::report::{Check, Name};
use crate::database;
use crate::settings::{DatabaseUrl, Settings};

/// Limit of each query of the database.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The most organizations that are listed; the others are counted.
const MOST_LISTED: usize = 20;

/// Runs the checks of this group.
pub async fn checks(settings: &Settings) -> Vec<Check> {
    let url = settings.database_url();
    let before = SystemClock.now();
    let asked = examine(settings, &url).await;
    let after = SystemClock.now();
    let reached = || Check::ok(Name::Database, kind(&url));
    let (reached, health) = match asked {
        Ok(health) => (vec![reached()], Some(health)),
        Err(error @ OpenError::LaterSchema { .. }) => (vec![reached(), later(&error)], None),
        Err(error @ OpenError::BadSchemaSupport(_)) => {
            let remedy = "restore a backup, or repair that table";
            (vec![reached(), Check::failed(Name::Migrations, error.to_string(), remedy)], None)
        }
        Err(error) => (vec![unreachable(&url, &error)], None),
    };
    let server = health.as_ref().and_then(|health| health.clock);
    let known: Vec<_> = reached.iter().map(Check::name).collect();
    let mut checks = vec![clock(before, after, server)];
    checks.extend(reached);
    let inside = health.map_or_else(nothing_known, |health| inside(&health));
    checks.extend(inside.into_iter().filter(|check| !known.contains(&check.name())));
    checks
}

/// Inspects the database; an error says why that is not possible.
async fn examine(settings: &Settings, url: &DatabaseUrl) -> Result<Health, OpenError> {
    let (text, options) = (url.reveal(), database::options(settings));
    // A timeout counts as no damage, because the file may be large.
    if let Ok(Some(damage)) = timeout(TIMEOUT, find_damage(&text, &options)).await {
        return Err(damage);
    }
    let asked = timeout(TIMEOUT, inspect(&text, &options)).await;
    asked.unwrap_or_else(|_| Err(OpenError::Unavailable("it does not answer in time".to_owned())))
}

fn kind(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(_) => format!("SQLite, {url}, can be read"),
        DatabaseUrl::Postgres(_) => format!("PostgreSQL, {url}, answers"),
    }
}

fn unreachable(url: &DatabaseUrl, error: &OpenError) -> Check {
    let message = format!("{url}: {error}");
    let remedy = match (error, url) {
        (OpenError::Missing, _) => {
            return Check::warning(
                Name::Database,
                format!("{url} is not there yet"),
                "`bailiwick` and `bailiwick migrate` make it; if you expected one, see DATABASE_URL and DATA_DIR",
            );
        }
        (OpenError::BadUrl(_), _) => "correct DATABASE_URL",
        (OpenError::Damaged { .. }, _) => {
            "stop the service, keep a copy of the file with its -wal and -shm, and restore a backup; `sqlite3 FILE \
             .recover` saves what can still be read"
        }
        (OpenError::DamagedLog { .. }, _) => {
            "stop the service, copy the file with its -wal and -shm aside, and restore a backup"
        }
        (OpenError::ForeignLog { .. }, _) => {
            "stop the service, and put back the file that the -wal belongs to, or restore a backup"
        }
        (OpenError::Unavailable(_), DatabaseUrl::Sqlite(path)) if has_journal(path) => {
            "the -journal beside the file holds a change that was not finished; `bailiwick migrate` or the next start \
             undoes it"
        }
        (OpenError::RestoreUnfinished { .. }, _) => "run `bailiwick restore` again",
        (OpenError::Unreadable(_), DatabaseUrl::Postgres(_)) => {
            "see that the file of sslrootcert in DATABASE_URL holds certificates (PEM) and can be read"
        }
        (_, DatabaseUrl::Sqlite(_)) => {
            "see that the user of the service can read the file and write to its folder, and that no other process \
             keeps the file locked"
        }
        (_, DatabaseUrl::Postgres(_)) => {
            "see that DATABASE_URL is right, and that the server runs and lets you in"
        }
    };
    Check::failed(Name::Database, message, remedy)
}

fn has_journal(path: &Path) -> bool {
    PathBuf::from(format!("{}-journal", path.display())).exists()
}

fn later(error: &OpenError) -> Check {
    let remedy = "run `bailiwick` of the release that the schema needs";
    Check::failed(Name::Migrations, error.to_string(), remedy)
}

fn nothing_known() -> Vec<Check> {
    let names =
        [Name::Migrations, Name::OrganizationOwners, Name::PlatformAdministrator, Name::UndeliverableMail];
    names.map(|name| Check::skipped(name, "not checked: the database cannot be inspected")).into()
}

fn inside(health: &Health) -> Vec<Check> {
    let mut checks = vec![migrations(health)];
    checks.extend(health.contents.as_ref().map_or_else(nothing_contained, contained));
    checks
}

fn migrations(health: &Health) -> Check {
    let Health { pending_migrations: pending, unknown_migrations: unknown, .. } = health;
    if health.is_empty {
        return Check::failed(
            Name::Migrations,
            "the schema is empty: no migration was applied that this role can see",
            "run `bailiwick migrate`, as the role that owns the schema; if there should be tables, see that \
             DATABASE_URL names the right database and that the role has USAGE on the schema",
        );
    }
    if pending.is_empty() && unknown.is_empty() {
        return Check::ok(Name::Migrations, "none is pending");
    }
    if pending.is_empty() {
        // A schema that this release must not serve was refused when it was opened.
        let own = env!("CARGO_PKG_VERSION");
        let applied = unknown.join(", ");
        return Check::ok(
            Name::Migrations,
            format!("a later release applied {applied}; {own} may serve this schema"),
        );
    }
    let remedy = "run `bailiwick migrate`; `bailiwick serve` does so at its start";
    Check::warning(Name::Migrations, format!("pending: {}", pending.join(", ")), remedy)
}

fn nothing_contained() -> [Check; 3] {
    let names = [Name::OrganizationOwners, Name::PlatformAdministrator, Name::UndeliverableMail];
    names.map(|name| Check::skipped(name, "not checked: the database is not migrated"))
}

fn contained(contents: &Contents) -> [Check; 3] {
    [owners(&contents.ownerless), administrator(contents.administered), mail(&contents.undeliverable)]
}

fn owners(ownerless: &[OrgId]) -> Check {
    if ownerless.is_empty() {
        return Check::ok(Name::OrganizationOwners, "every organization has an active owner");
    }
    let listed: Vec<_> = ownerless.iter().take(MOST_LISTED).map(ToString::to_string).collect();
    let more = match ownerless.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Check::failed(
        Name::OrganizationOwners,
        format!("organizations without an active owner: {}{more}", listed.join(", ")),
        "the data was changed outside the service; give a member the owner role in the table memberships, or \
         activate the owner",
    )
}

fn administrator(there: bool) -> Check {
    if there {
        return Check::ok(Name::PlatformAdministrator, "there is one");
    }
    let remedy = "run `bailiwick admin create`";
    Check::warning(Name::PlatformAdministrator, "there is no active platform administrator", remedy)
}

fn mail(undeliverable: &Undeliverable) -> Check {
    let Undeliverable { count, last_error } = undeliverable;
    if *count == 0 {
        return Check::ok(Name::UndeliverableMail, "no mail was given up");
    }
    let reason = last_error.as_deref().unwrap_or("no reason was kept");
    Check::warning(
        Name::UndeliverableMail,
        format!("mails that were given up: {count}; the last one because: {reason}"),
        "correct the cause; the recipients can request their links again",
    )
}
