//! Secrets that work once, shown to every node at once. They are put into the database
//! directly, so that nobody waits for mail.

use std::fmt::Write;

use bailiwick::kernel::{PlainToken, TokenKind};
use bailiwick_testkit::app::Dice;
use serde_json::Value;

use crate::history::{Elapsed, Outcome, Redemption};
use crate::world::{Answer, World, post};

/// What came of a secret.
pub struct Redeemed {
    pub start: Elapsed,
    /// When the first success was answered, or the last failure.
    pub end: Elapsed,
    /// Nothing, if it was refused everywhere.
    pub outcome: Option<Outcome>,
    pub node: usize,
}

/// A secret that nobody can guess, but for whoever knows the seed.
pub fn secret(kind: TokenKind, dice: &mut Dice) -> PlainToken {
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&dice.throw().to_be_bytes());
    }
    PlainToken::from_bytes(kind, &bytes)
}

/// As a value in SQL.
pub fn stored(token: &PlainToken) -> String {
    let mut text = "'\\x".to_owned();
    for byte in token.hash().as_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text + "'::bytea"
}

/// Shows a secret to each node, as this body, at once.
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
