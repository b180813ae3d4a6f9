//! Whether a token verifies, with the key that is at hand.

use std::sync::Arc;

use bailiwick::app::{AccessTokens, TokenFault};
use bailiwick::infra::{JwtTokens, SystemIds, TokenParties};
use bailiwick::kernel::Timestamp;
use serde::Serialize;

use crate::failure::Failure;
use crate::settings::{Algorithm, Flags, TokenSettings};
use crate::{keys, wiring};

/// Reads tokens as the service would.
pub struct Reader {
    tokens: JwtTokens,
    /// The algorithm that the service signs with.
    pub algorithm: &'static str,
    /// Where the key is from; or why there is none.
    key: Result<String, String>,
}

/// What a signature is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The key made it.
    Matches,
    /// Another key made it, or what is signed was altered.
    OtherSecret,
    /// There is none.
    Missing,
    /// Unknown, because the key is not at hand.
    KeyNotAtHand,
}

/// What is to be said of a signature.
#[derive(Serialize)]
pub struct Signature {
    /// What it is worth.
    pub outcome: Outcome,
    /// The same in a sentence.
    pub message: String,
}

impl Reader {
    /// The one of this process. No key is made; without settings their defaults hold.
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
        let (party, kept) = (wiring::party(jwt), keys::kept_path(jwt.algorithm, settings.data_dir()));
        match keys::at_hand(jwt, settings.data_dir()) {
            Ok(Some(keys)) => {
                let place =
                    if jwt.secret.is_some() { "JWT_SECRET".to_owned() } else { kept.display().to_string() };
                let algorithm = keys.algorithm_name();
                let tokens = JwtTokens::new(keys, party, Arc::new(SystemIds::new()))?;
                Ok(Self { tokens, algorithm, key: Ok(place) })
            }
            Ok(None) => {
                let why = format!("JWT_SECRET is not set, and there is no {}", kept.display());
                Self::without_key(jwt.algorithm, party, why)
            }
            Err(failure) => Self::without_key(jwt.algorithm, party, failure.to_string()),
        }
    }

    fn without_key(algorithm: Algorithm, party: TokenParties, why: String) -> Result<Self, Failure> {
        let keys = keys::throwaway(algorithm, &SystemIds::new())?;
        let algorithm = keys.algorithm_name();
        let tokens = JwtTokens::new(keys, party, Arc::new(SystemIds::new()))?;
        Ok(Self { tokens, algorithm, key: Err(why) })
    }

    /// What the signature is worth.
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

    /// Why the service would refuse the token, as far as this machine can tell.
    pub fn fault(&self, token: &str, now: Timestamp) -> Option<TokenFault> {
        match self.key {
            Ok(_) => self.tokens.verify(token, now).err(),
            Err(_) => self.tokens.fault_beside_signature(token, now),
        }
    }
}
