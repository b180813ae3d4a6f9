//! Verifies a token with the key at hand.

use std::sync::Arc;

use bailiwick::app::{AccessTokens, TokenFault};
use bailiwick::infra::{JwtTokens, SystemIds, TokenParties};
use bailiwick::kernel::Timestamp;
use serde::Serialize;

use crate::failure::Failure;
use crate::settings::{Algorithm, Flags, TokenSettings};
use crate::{keys, wiring};

/// A reader that judges tokens as the service would.
pub struct Reader {
    tokens: JwtTokens,
    /// The algorithm that the service signs with.
    pub algorithm: &'static str,
    /// The source of the key, or the reason why there is none.
    key: Result<String, String>,
}

/// The result of verifying a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The signature is made with the key at hand.
    Matches,
    /// The signature is made with another key, or the token was altered.
    OtherSecret,
    /// The token has no signature.
    Missing,
    /// Unknown, because the key is not at hand.
    KeyNotAtHand,
}

/// The result of verifying a signature, with an explanation.
#[derive(Serialize)]
pub struct Signature {
    /// The result.
    pub outcome: Outcome,
    /// The same as a sentence.
    pub message: String,
}

impl Reader {
    /// Builds the reader from the settings of this process. No key is stored. If the settings cannot be
    /// used, the reader has no key and the default algorithm.
    pub fn of_process(flags: &Flags) -> Result<Self, Failure> {
        match TokenSettings::of_process(flags) {
            Ok(settings) => Self::with(&settings),
            Err(error) => Self::without_key(
                Algorithm::Hs256,
                TokenParties::default(),
                format!("the settings cannot be used: {error}"),
            ),
        }
    }

    fn with(settings: &TokenSettings) -> Result<Self, Failure> {
        let jwt = &settings.jwt;
        let (parties, kept) =
            (wiring::token_parties(jwt), keys::kept_path(jwt.algorithm, settings.data_dir()));
        match keys::at_hand(jwt, settings.data_dir()) {
            Ok(Some(keys)) => {
                let place =
                    if jwt.secret.is_some() { "JWT_SECRET".to_owned() } else { kept.display().to_string() };
                let algorithm = keys.algorithm_name();
                let tokens = JwtTokens::new(keys, parties, Arc::new(SystemIds::new()))?;
                Ok(Self { tokens, algorithm, key: Ok(place) })
            }
            Ok(None) => {
                let why = format!("JWT_SECRET is not set, and there is no {}", kept.display());
                Self::without_key(jwt.algorithm, parties, why)
            }
            Err(failure) => Self::without_key(jwt.algorithm, parties, failure.to_string()),
        }
    }

    fn without_key(algorithm: Algorithm, parties: TokenParties, why: String) -> Result<Self, Failure> {
        let keys = keys::throwaway(algorithm, &SystemIds::new())?;
        let algorithm = keys.algorithm_name();
        let tokens = JwtTokens::new(keys, parties, Arc::new(SystemIds::new()))?;
        Ok(Self { tokens, algorithm, key: Err(why) })
    }

    /// Verifies the signature of a token.
    pub fn signature(&self, token: &str) -> Signature {
        let signed = token.rsplit_once('.').filter(|_| token.split('.').count() == 3);
        let missing = signed.is_none_or(|(_, signature)| signature.is_empty());
        let (outcome, message) = match &self.key {
            _ if missing => (Outcome::Missing, "there is none".to_owned()),
            Err(why) => (Outcome::KeyNotAtHand, format!("not checked, the key is not at hand: {why}")),
            Ok(place) if self.tokens.signature_matches(token) => {
                (Outcome::Matches, format!("matches (key from {place})"))
            }
            Ok(place) => {
                let message = format!(
                    "signed with another secret than the one from {place}, or altered afterwards; all services \
                     and nodes need the same secret"
                );
                (Outcome::OtherSecret, message)
            }
        };
        Signature { outcome, message }
    }

    /// Returns why the service would refuse the token, as far as this machine can tell; else `None`.
    pub fn fault(&self, token: &str, now: Timestamp) -> Option<TokenFault> {
        match self.key {
            Ok(_) => self.tokens.verify(token, now).err(),
            Err(_) => self.tokens.fault_beside_signature(token, now),
        }
    }
}
