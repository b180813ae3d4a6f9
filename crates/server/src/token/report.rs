//! The report on a token.

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

/// The report on a token, whose JSON has these fields.
#[derive(Serialize)]
pub struct Report {
    /// Descriptions of the dropped text around the token.
    pub dropped: Vec<&'static str>,
    /// Its parts and their encoding.
    pub shape: Shape,
    /// The algorithm and key ID in its header.
    pub algorithm: Algorithm,
    /// The times of issue and expiry.
    pub times: Times,
    /// Its claims.
    pub claims: Claims,
    /// The result of verifying its signature.
    pub signature: Signature,
    /// The checks that need the database.
    pub not_checked: &'static str,
    /// Whether the service would accept it.
    pub verdict: Verdict,
}

/// The algorithm that a header names.
#[derive(Serialize)]
pub struct Algorithm {
    /// Whether the algorithm is the expected one.
    pub ok: bool,
    /// `alg`.
    pub alg: Option<Value>,
    /// `kid`.
    pub kid: Option<Value>,
    /// The algorithm of this service.
    pub expected: &'static str,
}

/// Whether the token would be accepted.
#[derive(Serialize)]
pub struct Verdict {
    /// Whether it would be, as far as this machine can tell.
    pub accepted: bool,
    /// The reason, with a remedy if it would be refused.
    pub message: String,
}

impl Report {
    /// Examines a token at the time `now`.
    pub fn of(input: &Input, reader: &Reader, now: Timestamp) -> Self {
        let token = input.token.as_str();
        let (shape, header, payload) = Shape::of(token);
        let signature = reader.signature(token);
        Self {
            dropped: input.dropped.clone(),
            algorithm: Algorithm::of(&header, reader.algorithm),
            times: Times::of(&payload, now),
            claims: Claims::of(payload),
            not_checked: "whether session and user are still valid: the service checks that at each request",
            verdict: Verdict::of(&shape, reader.fault(token, now), signature.outcome),
            shape,
            signature,
        }
    }

    /// Returns the report as one JSON object.
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
