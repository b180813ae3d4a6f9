//! Runs every example of `docs/troubleshooting.md` in order with the real binary, and compares the
//! output with the page:
//!
//! - A block of `sh` is run. All blocks of the page run in one bash, so that later blocks see the
//!   variables of earlier ones. A block of `json` or `text` right after it is the expected output,
//!   including standard error. Without such a block the output must be empty.
//! - `..` stands for what varies. In `text` it matches any part of a line, or any number of lines if
//!   it is alone on a line. Everything else is compared line by line.
//! - `json` is compared as a value, so its layout does not matter. `..` within a string matches any
//!   part of it; as a value (`".."` or `..`) it matches any value; as a member of an object it
//!   matches all members that are not shown; as an element of a list it matches any number of
//!   elements. Output that the page does not show is a mismatch, so every omission is marked.
//! - Any other kind of block is refused, because a block that is not run is not tested.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../server/support.rs"]
mod support;

mod bash;
mod matching;
mod notation;
mod page;
mod sql_shell;

use std::fmt::Write;
use std::path::Path;

use bailiwick_testkit::app::{Database, Engine};
use page::Example;
use sql_shell::SqlShell;
use support::WorkDir;

const PAGE: &str = "docs/troubleshooting.md";
const SECRET: &str = "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a";

/// Creates the working directory that the page requires, with a `.env` of the settings it names.
async fn working_directory(engine: &Engine) -> (WorkDir, Option<Database>, String) {
    let work_dir = WorkDir::new();
    let (database, url) = match engine {
        Engine::Sqlite => (None, format!("sqlite:{}", work_dir.path("data/bailiwick.db").display())),
        Engine::Postgres { .. } => {
            let database = engine.create().await;
            let url = database.url().to_owned();
            (Some(database), url)
        }
    };
    let set = if database.is_some() { format!("DATABASE_URL={url}\n") } else { String::new() };
    work_dir
        .write(".env", &format!("JWT_SECRET={SECRET}\nBAILIWICK__AUTH__REQUIRE_VERIFIED_EMAIL=true\n{set}"));
    (work_dir, database, url)
}

async fn every_example_answers_as_the_page_says(engine: Engine) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let examples = page::examples(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (work_dir, database, url) = working_directory(&engine).await;
    let service = work_dir.serve(&[]);
    let shell = SqlShell::open(url);
    let run = || bash::run(&work_dir, &service.api, shell.port(), &examples);
    let outputs = tokio::task::block_in_place(run);
    let mut report = String::new();
    for (example, output) in examples.iter().zip(&outputs) {
        if let Err(difference) = compare(example, output.as_deref()) {
            let line = example.expected.as_ref().map_or(example.line, |expected| expected.line);
            let _ = writeln!(report, "{PAGE}:{line}: {difference}\n");
        }
    }
    assert!(report.is_empty(), "\n{report}the log of the service:\n{}", service.log());
    drop(database);
}

fn compare(example: &Example, output: Option<&str>) -> Result<(), String> {
    let output = output.ok_or("the example was not run to its end")?;
    match &example.expected {
        Some(expected) => expected.matches(output),
        None if output.is_empty() => Ok(()),
        None => Err(format!("it prints, and the page does not say what:\n{output}")),
    }
}

bailiwick_testkit::on_every_engine!(every_example_answers_as_the_page_says);
