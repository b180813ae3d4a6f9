//! `bailiwick doctor`: every check that an operator can run. It changes nothing; a file that it writes
//! as a test is removed at once.
//!
//! Start reading at [`report`], then one file per group of checks.

mod clock;
#[cfg(feature = "otlp")]
mod collector;
mod data;
mod disk;
mod environment;
mod mail;
mod redis;
mod report;
mod secret;
pub mod strength;
mod tokens;

use std::process::ExitCode;
use std::time::Duration;

use crate::failure::Failure;
use crate::settings::{Examined, Flags, SecretSource, Settings};
use crate::supervisor::Supervisor;
use crate::{block_on, cli};
use report::{Check, Name, Report};

/// Limit of reading the settings.
const SETTINGS_LIMIT: Duration = Duration::from_secs(10);
/// Limit of the whole command, above the limits of all checks together. It ends a check that is
/// blocked on a file system.
const LONGEST: Duration = Duration::from_mins(1);

/// Runs the checks and prints the report. Exit code 1 if a check failed.
pub fn run(arguments: &cli::Doctor, flags: &Flags, supervisor: &Supervisor) -> Result<ExitCode, Failure> {
    supervisor.waits_for("the settings and the checks", LONGEST);
    let examined = Examined::within(SETTINGS_LIMIT, flags);
    let checks = block_on(examine(&examined));
    let report = Report::of(checks);
    report.print(arguments.json)?;
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(examined: &Examined) -> Vec<Check> {
    let secret = examined.secret.as_ref();
    match &examined.settings {
        Ok(settings) => with_settings(settings, secret).await,
        Err(error) => {
            let remedy = "correct the setting, or remove it to use its default";
            let mut checks = vec![Check::failed(Name::Settings, error.to_string(), remedy)];
            checks.extend(secret.and_then(secret::given));
            checks
        }
    }
}

async fn with_settings(settings: &Settings, secret: Option<&SecretSource>) -> Vec<Check> {
    let mut checks = vec![
        Check::ok(Name::Settings, "they can be used"),
        secret::check(settings, secret).await,
        secret::previous(settings),
        tokens::algorithm(settings),
        tokens::expiry(settings),
    ];
    checks.push(disk::data_dir(settings));
    checks.push(disk::disk(settings));
    checks.extend(data::checks(settings).await);
    checks.push(redis::check(settings).await);
    checks.push(mail::smtp(settings).await);
    checks.push(mail::outbox(settings));
    checks.push(environment::public_url(settings));
    checks.push(environment::throttle(settings));
    checks.push(environment::cors(settings));
    #[cfg(feature = "otlp")]
    checks.push(collector::check(settings).await);
    #[cfg(not(feature = "otlp"))]
    checks.push(Check::skipped(Name::Collector, "this program was built without the export of spans"));
    checks
}
