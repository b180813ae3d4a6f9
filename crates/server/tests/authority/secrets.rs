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
    /// When the first success was answered, or the last failure.
    pub end: Elapsed,
    /// Nothing, if it was refused everywhere.
    pub outcome: Option<Outcome>,
    pub node: usize,
}

/// Returns a secret that follows from the seed.
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

/// Sends `body` with a secret in it to every node at once.
pub async fn race(world: &World, kind: &'static str, path: &str, bearer: &str, body: &Value) -> Redeemed {
    let nodes = 0..world.cluster.nodes.len();
    let answers =
        futures_util::future::join_all(nodes.map(|node| post(world, node, path, bearer, body.clone())));
    let answers: Vec<Answer> = answers.await;
    let taken = answers.iter().filter(|answer| answer.is_success()).count();
    let unknown = answers.iter().filter(|answer| !answer.is_success() && !answer.is_refusal()).count();
    let start = answers.iter().map(|answer| answer.start).min().unwrap_or_default();
    let last = answers.iter().map(|answer| answer.end).max().unwrap_or_default();
    world.recorder.redemption(Redemption { kind, start, end: last, taken, unknown });
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
