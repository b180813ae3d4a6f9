//! Commands of `bailiwick` that commit to the file of the running service.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use super::file::File;
use crate::history::{Change, Outcome};
use crate::world::PASSWORD;

/// The kind of a command in the history. Commands change no authority.
pub const KIND: &str = "command";

/// Runs one command after another until the history is over.
pub async fn run_beside(file: Arc<File>, mut dice: Dice) {
    let mut number = 0;
    while !file.recorder.is_over() {
        number += 1;
        let email = format!("admin{number}@example.com");
        let create = ["admin", "create", "--email", &email, "--password-stdin"];
        let arguments: &[&str] = if dice.percent(80) { &create } else { &["migrate"] };
        let start = file.recorder.now();
        let environment: Vec<_> = file.flaw.map(|flaw| ("BAILIWICK_FLAW", flaw)).into_iter().collect();
        // Waiting for the process blocks this thread; other tasks continue.
        let run =
            tokio::task::block_in_place(|| file.work_dir.run_with_input(arguments, &environment, PASSWORD));
        assert_eq!(run.code, Some(0), "{run:?}");
        let (end, grace, outcome) = (file.recorder.now(), Duration::ZERO, Outcome::Acknowledged);
        let (node, effects) = (None, Vec::new());
        file.recorder.record_change(Change { kind: KIND, node, start, end, grace, outcome, effects });
        tokio::time::sleep(dice.between(Duration::ZERO, Duration::from_millis(100))).await;
    }
}
