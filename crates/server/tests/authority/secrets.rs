//! One-time secrets, presented to every node at once. They are inserted into the database directly,
//! so that no test waits for mail.

use std::fmt::Write;

use bailiwick::kernel::{PlainToken, TokenKind};
use bailiwick_testkit::app::Dice;
use serde_json::Value;

use crate::history::{Elapsed, Outcome, Redemption};
use crate::world::{Answer, World, post};

/// The outcome of presenting a secret.
pub struct Redeemed {
    pub start: Elapsed,
    /// When the first success was received; if there is none, the last failure.
    pub end: Elapsed,
    /// `None` if every node refused it.
    pub outcome: Option<Outcome>,
    /// The node that accepted it first.
    pub node: usize,
}

/// Returns a random secret, which follows from the seed.
pub fn secret(kind: TokenKind, dice: &mut Dice) -> PlainToken {
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&dice.throw().to_be_bytes());
    }
    PlainToken::from_bytes(kind, &bytes)
}

/// Returns the hash of a token as an SQL literal.
pub fn stored(token: &PlainToken) -> String {
    let mut text = "'\\x".to_owned();
    for byte in token.hash().as_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text + "'::bytea"
}

/// Sends `body`, which contains a secret, to every node at once, and records how many accepted it.
pub async fn race(world: &World, kind: &'static str, path: &str, bearer: &str, body: &Value) -> Redeemed {
    let nodes = 0..world.cluster.nodes.len();
    let answers =
        futures_util::future::join_all(nodes.map(|node| post(world, node, path, bearer, body.clone())));
    let answers: Vec<Answer> = answers.await;
    let accepted = answers.iter().filter(|answer| answer.is_success()).count();
    let unknown = answers.iter().filter(|answer| !answer.is_success() && !answer.is_refusal()).count();
    let start = answers.iter().map(|answer| answer.start).min().unwrap_or_default();
    let last = answers.iter().map(|answer| answer.end).max().unwrap_or_default();
    world.recorder.record_redemption(Redemption { kind, start, end: last, accepted, unknown });
    let successes = answers.iter().enumerate().filter(|(_, answer)| answer.is_success());
    let first = successes.min_by_key(|(_, answer)| answer.end).map(|(node, answer)| (node, answer.end));
    let outcome = match (first, unknown) {
        (Some(_), _) => Some(Outcome::Acknowledged),
        (None, 0) => None,
        (None, _) => Some(Outcome::Unknown),
    };
    let (node, end) = first.unwrap_or((0, last));
    Redeemed { start, end, outcome, node }
}
