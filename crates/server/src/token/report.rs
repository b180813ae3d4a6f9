//! Everything that is to be said of a token.

use bailiwick::app::TokenFault;
use bailiwick::kernel::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::claims::Claims;
use super::input::Input;
use super::shape::{Object, Shape};
use super::signature::{Outcome, Reader, Signature};
use super::times::Times;
use crate::failure::Failure;

/// The report.
#[derive(Serialize)]
pub struct Report {
    /// What stood around the token and was dropped.
    pub dropped: Vec<&'static str>,
    /// What it looks like.
    pub shape: Shape,
    /// What it says of its signature.
    pub algorithm: Algorithm,
    /// Its times.
    pub times: Times,
    /// What it claims.
    pub claims: Claims,
    /// What its signature is worth.
    pub signature: Signature,
    /// What was left out.
    pub not_checked: &'static str,
    /// What comes of it.
    pub verdict: Verdict,
}

/// What a header says.
#[derive(Serialize)]
pub struct Algorithm {
    /// Whether it is the one of this service.
    pub ok: bool,
    /// `alg`.
    pub alg: Option<Value>,
    /// `kid`.
    pub kid: Option<Value>,
    /// The one of this service.
    pub expected: &'static str,
}

/// Whether the token would be accepted.
#[derive(Serialize)]
pub struct Verdict {
    /// As far as this machine can tell.
    pub accepted: bool,
    /// Why, or why not.
    pub message: String,
}

impl Report {
    /// Looks at a token at the time `now`.
    pub fn of(input: &Input, reader: &Reader, now: Timestamp) -> Self {
        let token = input.token.as_str();
        let (shape, header, payload) = Shape::of(token);
        let signature = reader.signature(token);
        Self {
            dropped: input.dropped.clone(),
            algorithm: Algorithm::of(&header, reader.algorithm),
            times: Times::of(&payload, now),
            claims: Claims::of(payload),
            not_checked: "whether session and user still stand: the service asks its database at each request",
            verdict: Verdict::of(&shape, reader.fault(token, now), signature.outcome),
            shape,
            signature,
        }
    }

    /// As one JSON object.
    pub fn json(&self) -> Result<String, Failure> {
        Ok(serde_json::to_string_pretty(self).map_err(std::io::Error::from)?)
    }
}

impl Algorithm {
    fn of(header: &Object, expected: &'static str) -> Self {
        let get = |name: &str| header.get(name).cloned();
        let alg = get("alg");
        Self { ok: alg.as_ref().and_then(Value::as_str) == Some(expected), alg, kid: get("kid"), expected }
    }
}

impl Verdict {
    fn of(shape: &Shape, fault: Option<TokenFault>, signature: Outcome) -> Self {
        let message = match fault {
            None if signature == Outcome::KeyNotAtHand => {
                "accepted as far as this machine can tell, if the signature is good".to_owned()
            }
            None => "accepted as far as this machine can tell".to_owned(),
            Some(TokenFault::PartCount(_)) if shape.parts == 0 => format!("refused: {}", shape.message),
            Some(fault) => format!("refused: {fault}; {}", remedy(fault)),
        };
        Self { accepted: fault.is_none(), message }
    }
}

fn remedy(fault: TokenFault) -> &'static str {
    match fault {
        TokenFault::PartCount(_) => "take the whole access token, header.payload.signature",
        TokenFault::Malformed => {
            "it may be cut short or altered, too long, or made by another service; log in for a new one"
        }
        TokenFault::WrongAlgorithm => "only tokens that this service signed are taken",
        TokenFault::BadSignature => {
            "log in for a new one, and give all services and nodes the same JWT_SECRET"
        }
        TokenFault::NoExpiry => "only tokens that this service issued are taken",
        TokenFault::Expired(_) => "refresh it or log in again",
        TokenFault::NotYetValid => "set the clocks of both machines",
        TokenFault::TwoSubjects => "`id` and `sub` must be the same user",
        TokenFault::WrongParty => {
            "compare `iss` and `aud` with BAILIWICK__JWT__ISSUER and BAILIWICK__JWT__AUDIENCE"
        }
        TokenFault::Revoked => "log in again",
    }
}
