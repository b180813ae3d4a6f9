//! Commands that run beside the service, and commit to its file.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;

use super::file::File;
use crate::history::{Change, Outcome};
use crate::world::PASSWORD;

/// The name of a command in the history. It alters nobody's authority.
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
        // It waits for the process, and the others go on.
        let run =
            tokio::task::block_in_place(|| file.place.run_with_input(arguments, &environment, PASSWORD));
        assert_eq!(run.code, Some(0), "{run:?}");
        let (end, grace, outcome) = (file.recorder.now(), Duration::ZERO, Outcome::Acknowledged);
        let (node, effects) = (None, Vec::new());
        file.recorder.change(Change { kind: KIND, node, start, end, grace, outcome, effects });
        tokio::time::sleep(dice.between(Duration::ZERO, Duration::from_millis(100))).await;
    }
}
