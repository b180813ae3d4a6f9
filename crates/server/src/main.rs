//! The service: reads its settings, starts, stops.
//!
//! May depend on everything; the rules are elsewhere. Start reading at [`cli`]
//! (what it can do), [`settings`] (what can be set) and [`serve`].

mod admin;
mod cli;
mod data_dir;
mod database;
mod failure;
mod keys;
mod logging;
mod migrate;
mod serve;
mod settings;
mod wiring;

use std::io::{Write, stderr};
use std::process::ExitCode;

use actix_web::rt::System;
use clap::Parser;

use cli::{Admin, Cli, Command};
use failure::Failure;
use settings::Settings;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell, if this fails.
            let _ = writeln!(stderr(), "bailiwick: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let settings = Settings::of_process()?;
    logging::start(&settings.log);
    System::new().block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(&settings).await,
            Command::Migrate => migrate::run(&settings).await,
            Command::Admin(Admin::Create(arguments)) => admin::create(&settings, &arguments).await,
            Command::Admin(Admin::Recover { email }) => admin::recover(&settings, &email).await,
        }
    })
}
