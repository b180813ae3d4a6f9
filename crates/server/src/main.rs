//! The `bailiwick` program: reads its settings, then runs a command.
//!
//! **When to use it alone.** As a service beside a backend in any language.
//!
//! May depend on every crate and holds no rules of the domain. Start reading at [`cli`] (the
//! commands), [`settings`] (their settings) and [`serve`].

mod admin;
mod backup;
mod cli;
mod data_dir;
mod database;
mod doctor;
mod failure;
#[cfg(feature = "flaws")]
mod flaws;
mod keys;
mod listen;
mod logging;
mod migrate;
mod open_files;
#[cfg(feature = "otlp")]
mod otlp;
mod schema;
mod serve;
mod settings;
mod signals;
mod supervisor;
#[cfg(feature = "testing")]
mod testing;
mod token;
mod wiring;

use std::io::{Write, stderr};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::rt::System;
use clap::Parser;

use cli::{Admin, Cli, Command, Serve, Token};
use failure::Failure;
use settings::{Flags, Settings};
use supervisor::{Interrupted, Supervisor};

/// Limit of reading the settings, whose files may be on a file system that does not answer. It is a
/// constant because no setting is known yet.
const SETTINGS_LIMIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            // If this fails, the exit code is the only report.
            let _ = writeln!(stderr(), "bailiwick: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let flags = &cli.settings.to_flags();
    let command = cli.command.unwrap_or_else(|| Command::Serve(Serve::default()));
    let serves = matches!(command, Command::Serve(_));
    let supervisor = Supervisor::start(if serves { Interrupted::AsAsked } else { Interrupted::Undone })?;
    match command {
        #[cfg(feature = "testing")]
        Command::Serve(Serve { testing: true }) => {
            with_settings(flags, &supervisor, async |settings| testing::run(settings, &supervisor).await)
        }
        Command::Serve(_) => serve(flags, &supervisor),
        Command::Migrate => {
            with_settings(flags, &supervisor, async |settings| migrate::run(settings, &supervisor).await)
        }
        Command::Schema(arguments) => {
            schema::print(&read_settings(flags, &supervisor)?, &arguments).map(|()| ExitCode::SUCCESS)
        }
        Command::Admin(Admin::Create(arguments)) => with_settings(flags, &supervisor, async |settings| {
            admin::create(settings, &arguments, &supervisor).await
        }),
        Command::Admin(Admin::Recover(arguments)) => with_settings(flags, &supervisor, async |settings| {
            admin::recover(settings, &arguments, &supervisor).await
        }),
        Command::Backup(arguments) => with_settings(flags, &supervisor, async |settings| {
            backup::create(settings, &arguments.folder, &supervisor).await
        }),
        Command::Restore(arguments) => with_settings(flags, &supervisor, async |settings| {
            backup::restore(settings, &arguments, &supervisor).await
        }),
        // These commands also report when the settings cannot be used.
        Command::Token(Token::Inspect(arguments)) => token::inspect(&arguments, flags, &supervisor),
        Command::Doctor(arguments) => doctor::run(&arguments, flags, &supervisor),
    }
}

/// Serves with the export of spans, which ends after the service, within the deadline of the stop.
fn serve(flags: &Flags, supervisor: &Supervisor) -> Result<ExitCode, Failure> {
    let settings = read_settings(flags, supervisor)?;
    #[cfg(feature = "otlp")]
    let export = otlp::Export::start(&settings)?;
    #[cfg(feature = "otlp")]
    start_logging(&settings, export.layer());
    #[cfg(not(feature = "otlp"))]
    start_logging(&settings, None);
    let served = block_on(serve::run(&settings, supervisor));
    #[cfg(feature = "otlp")]
    export.end(supervisor.time_left());
    served.map(|()| ExitCode::SUCCESS)
}

fn with_settings(
    flags: &Flags,
    supervisor: &Supervisor,
    command: impl AsyncFnOnce(&Settings) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let settings = read_settings(flags, supervisor)?;
    start_logging(&settings, None);
    block_on(command(&settings))?;
    Ok(ExitCode::SUCCESS)
}

fn read_settings(flags: &Flags, supervisor: &Supervisor) -> Result<Settings, Failure> {
    supervisor.waits_for("the settings to be read (config/*.toml, .env)", SETTINGS_LIMIT);
    Ok(Settings::of_process(flags)?)
}

fn start_logging(settings: &Settings, more: Option<logging::BoxedLayer>) {
    logging::start(&settings.log, more);
    #[cfg(feature = "flaws")]
    flaws::choose();
}

/// Runs a future to completion without waiting for blocked threads. The runtime is leaked, because
/// dropping it would wait for a thread that is blocked on a locked file or a name lookup.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let system = System::new();
    let output = system.block_on(future);
    std::mem::forget(system);
    output
}
