//! `bailiwick token inspect`: what a token says, and what is wrong with it.
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

/// Reads a token from standard input and tells of it. Needs no database, and no
/// settings that have nothing to do with tokens.
pub fn inspect(arguments: &Inspect, flags: &Flags, supervisor: &Supervisor) -> Result<ExitCode, Failure> {
    supervisor.waits_for_input("the end of standard input, and the token on it");
    let input = Input::read(stdin().lock())?;
    supervisor.waits_for("the settings to be read (config/*.toml, .env) and the key", SETTINGS_LIMIT);
    let report = Report::of(&input, &Reader::of_process(flags)?, SystemClock.now());
    let text = if arguments.json { report.json()? } else { print::lines(&report) };
    writeln!(stdout().lock(), "{text}")?;
    Ok(if report.verdict.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
