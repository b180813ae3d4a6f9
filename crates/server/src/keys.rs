//! The key that signs access tokens: given, or generated and kept.

use bailiwick::infra::{JwtKeys, KeyError};
use bailiwick::kernel::IdSource;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::data_dir;
use crate::failure::Failure;
use crate::settings::{Algorithm, DatabaseUrl, JwtSecret, Settings};

/// Bytes of a generated secret, before they are written as base64.
const SECRET_BYTES: usize = 32;
/// Parts the key pair from anything else that the secret may be used for.
const EDDSA_PURPOSE: &[u8] = b"bailiwick Ed25519 key of access tokens";

/// Refuses to serve from PostgreSQL without a secret: each node would make one of
/// its own.
pub fn check(settings: &Settings) -> Result<(), Failure> {
    match (&settings.jwt.secret, settings.database_url()) {
        (None, DatabaseUrl::Postgres(_)) => Err(Failure::NoSecret),
        _ => Ok(()),
    }
}

/// The keys for serving.
pub fn load(settings: &Settings, ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    let algorithm = settings.jwt.algorithm;
    let mut keys = match &settings.jwt.secret {
        Some(secret) => from_secret(algorithm, secret)?,
        None => kept(settings, ids)?,
    };
    for previous in &settings.jwt.previous_keys {
        keys = keys.with_previous(&from_secret(algorithm, previous)?)?;
    }
    Ok(keys)
}

/// A key for commands that sign nothing.
pub fn unused(ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    Ok(JwtKeys::hs256(random(ids).as_bytes())?)
}

fn from_secret(algorithm: Algorithm, secret: &JwtSecret) -> Result<JwtKeys, KeyError> {
    let secret = secret.reveal().as_bytes();
    match algorithm {
        Algorithm::Hs256 => JwtKeys::hs256(secret),
        // HMAC as a key derivation function (NIST SP 800-108, one block).
        Algorithm::EdDsa => {
            let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| KeyError::Malformed)?;
            JwtKeys::ed25519_seed(&mac.chain_update(EDDSA_PURPOSE).finalize().into_bytes().into())
        }
    }
}

fn kept(settings: &Settings, ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    let name = match settings.jwt.algorithm {
        Algorithm::Hs256 => "jwt_secret",
        Algorithm::EdDsa => "jwt_ed25519.pem",
    };
    let path = settings.server.data_dir.as_path().join(name);
    let make = || match settings.jwt.algorithm {
        Algorithm::Hs256 => random(ids),
        Algorithm::EdDsa => JwtKeys::generate_ed25519(ids).to_string(),
    };
    let text = data_dir::kept_secret(&path, make)
        .map_err(|source| Failure::KeyFile { path: path.clone(), source })?;
    let keys = match settings.jwt.algorithm {
        Algorithm::Hs256 => JwtKeys::hs256(text.as_bytes()),
        Algorithm::EdDsa => JwtKeys::ed25519_pem(&text),
    };
    keys.map_err(|source| Failure::KeptKey { path, source })
}

fn random(ids: &dyn IdSource) -> String {
    let mut bytes = [0; SECRET_BYTES];
    ids.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bailiwick::app::{AccessClaims, AccessTokens, TokenFault};
    use bailiwick::infra::{JwtTokens, Party, SystemIds};
    use bailiwick::kernel::{SessionId, Timestamp, UserId};

    use super::*;

    fn node(secret: &str) -> JwtTokens {
        let secret = JwtSecret::try_from(secret.to_owned()).unwrap();
        let keys = from_secret(Algorithm::EdDsa, &secret).unwrap();
        JwtTokens::new(keys, Party::default(), Arc::new(SystemIds::new())).unwrap()
    }

    #[test]
    fn every_node_makes_the_same_key_pair_of_a_secret() {
        let (now, ids) = (Timestamp::from_unix_seconds(0).unwrap(), SystemIds::new());
        let claims = AccessClaims {
            user: UserId::generate(&ids, now),
            session: SessionId::generate(&ids, now),
            issued_at: now,
            expires_at: Timestamp::from_unix_seconds(60).unwrap(),
        };
        let token = node("0123456789abcdef0123456789abcdef").sign(&claims);
        assert_eq!(node("0123456789abcdef0123456789abcdef").verify(&token, now), Ok(claims));
        assert_eq!(
            node("0123456789abcdef0123456789abcdeX").verify(&token, now),
            Err(TokenFault::BadSignature)
        );
    }
}
