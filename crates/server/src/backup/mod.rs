//! `bailiwick backup` and `bailiwick restore`: the database file, the generated keys, and a
//! manifest by which a restore checks that the backup is complete.

mod create;
mod manifest;
mod restore;

use std::fs;
use std::io::{self, IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::failure::Failure;
use crate::keys;
use crate::settings::{Algorithm, DatabaseUrl, Settings};

pub use create::create;
pub use restore::restore;

/// The copy of the database in a backup.
const DATABASE: &str = "bailiwick.db";
/// The folder within the backup that holds the files until all of them are written.
const PARTIAL: &str = ".partial";
const MANIFEST: &str = "manifest.json";
/// Interval of progress reports.
const REPORT: Duration = Duration::from_millis(250);

/// Returns the file names of generated keys, which a backup holds if they exist.
fn key_names() -> impl Iterator<Item = PathBuf> {
    [Algorithm::Hs256, Algorithm::EdDsa]
        .into_iter()
        .map(|algorithm| keys::kept_path(algorithm, Path::new("")))
}

/// Returns the path of the SQLite file; [`Failure::NoFile`] for PostgreSQL.
fn file_of(settings: &Settings) -> Result<PathBuf, Failure> {
    match settings.database_url() {
        DatabaseUrl::Sqlite(path) => Ok(path),
        DatabaseUrl::Postgres(_) => Err(Failure::NoFile),
    }
}

fn failure(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |source| Failure::Backup { path: path.to_owned(), problem: source.to_string() }
}

/// Waits for `work`, and shows on a terminal the length of the file `growing` as a percentage of
/// `whole` bytes.
async fn with_progress<T>(what: &str, growing: &Path, whole: u64, work: impl Future<Output = T>) -> T {
    if !stderr().is_terminal() {
        return work.await;
    }
    let mut ticks = interval(REPORT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut work = std::pin::pin!(work);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = ticks.tick() => {
                let length = fs::metadata(growing).map_or(0, |metadata| metadata.len());
                let percent = length.saturating_mul(100).checked_div(whole).unwrap_or(0).min(100);
                let _ = write!(stderr(), "\r{what}: {percent} %");
            }
        }
    };
    let _ = writeln!(stderr(), "\r{what}: done ");
    done
}
