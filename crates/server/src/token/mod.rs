//! `bailiwick token inspect`: the contents and the faults of a token.
//!
//! Start reading at [`report`]. Neither the token nor its signature is printed.

mod claims;
mod input;
mod print;
mod report;
mod shape;
mod signature;
mod times;

use std::io::{Write, stdin, stdout};
use std::process::ExitCode;

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;

use crate::SETTINGS_LIMIT;
use crate::cli::Inspect;
use crate::failure::Failure;
use crate::settings::Flags;
use crate::supervisor::Supervisor;
use input::Input;
use report::Report;
use signature::Reader;

/// Reads a token from standard input and prints a report. Needs no database, and only the settings of
/// tokens. Exit code 1 if the token would be refused.
pub fn inspect(arguments: &Inspect, flags: &Flags, supervisor: &Supervisor) -> Result<ExitCode, Failure> {
    supervisor.waits_for_input("the end of standard input, and the token on it");
    let input = Input::read(stdin().lock())?;
    supervisor.waits_for("the settings to be read (config/*.toml, .env) and the key", SETTINGS_LIMIT);
    let report = Report::of(&input, &Reader::of_process(flags)?, SystemClock.now());
    let text = if arguments.json { report.json()? } else { print::lines(&report) };
    writeln!(stdout().lock(), "{text}")?;
    Ok(if report.verdict.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
