//! The service: reads its settings, starts, stops.
//!
//! May depend on everything; the rules are elsewhere. Start reading at [`cli`]
//! (what it can do), [`settings`] (what can be set) and [`serve`].

mod admin;
mod cli;
mod data_dir;
mod database;
mod doctor;
mod failure;
#[cfg(feature = "flaws")]
mod flaws;
mod keys;
mod logging;
mod migrate;
mod open_files;
mod serve;
mod settings;
mod token;
mod wiring;

use std::io::{Write, stderr};
use std::process::ExitCode;

use actix_web::rt::System;
use clap::Parser;

use cli::{Admin, Cli, Command, Token};
use failure::Failure;
use settings::Settings;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            // Nobody is left to tell, if this fails.
            let _ = writeln!(stderr(), "bailiwick: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => with_settings(async |settings| serve::run(settings).await),
        Command::Migrate => with_settings(async |settings| migrate::run(settings).await),
        Command::Admin(Admin::Create(arguments)) => {
            with_settings(async |settings| admin::create(settings, &arguments).await)
        }
        Command::Admin(Admin::Recover(arguments)) => {
            with_settings(async |settings| admin::recover(settings, &arguments).await)
        }
        // These two have something to say also where the settings cannot be used.
        Command::Token(Token::Inspect(arguments)) => token::inspect(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    }
}

fn with_settings(command: impl AsyncFnOnce(&Settings) -> Result<(), Failure>) -> Result<ExitCode, Failure> {
    let settings = Settings::of_process()?;
    logging::start(&settings.log);
    #[cfg(feature = "flaws")]
    flaws::choose();
    System::new().block_on(command(&settings))?;
    Ok(ExitCode::SUCCESS)
}
