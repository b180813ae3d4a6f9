//! The key that signs access tokens: given in the settings, or generated and stored.

use std::path::{Path, PathBuf};

use bailiwick::infra::{JwtKeys, KeyError};
use bailiwick::kernel::IdSource;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::data_dir;
use crate::failure::Failure;
use crate::settings::{Algorithm, DatabaseUrl, Jwt, JwtSecret, Settings};

/// Length of a generated secret in bytes, before base64url encoding.
const SECRET_BYTES: usize = 32;
/// Domain separation of the key pair from other uses of the secret.
const EDDSA_PURPOSE: &[u8] = b"bailiwick Ed25519 key of access tokens";

/// Returns [`Failure::NoSecret`] for PostgreSQL without a secret, because each node would generate its
/// own.
pub fn check(settings: &Settings) -> Result<(), Failure> {
    match (&settings.jwt.secret, settings.database_url()) {
        (None, DatabaseUrl::Postgres(_)) => Err(Failure::NoSecret),
        _ => Ok(()),
    }
}

/// Returns the keys to serve with. A missing key is generated and stored.
pub fn load(settings: &Settings, ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    let keys = match &settings.jwt.secret {
        Some(secret) => from_secret(settings.jwt.algorithm, secret)?,
        None => load_or_generate(settings, ids)?,
    };
    with_previous(keys, &settings.jwt)
}

/// Returns the keys that exist; `None` if no key is given or stored.
pub fn at_hand(jwt: &Jwt, data_dir: &Path) -> Result<Option<JwtKeys>, Failure> {
    let keys = match &jwt.secret {
        Some(secret) => Some(from_secret(jwt.algorithm, secret)?),
        None => read_stored(jwt.algorithm, data_dir)?,
    };
    keys.map(|keys| with_previous(keys, jwt)).transpose()
}

fn read_stored(algorithm: Algorithm, data_dir: &Path) -> Result<Option<JwtKeys>, Failure> {
    let path = kept_path(algorithm, data_dir);
    let text =
        data_dir::read_secret(&path).map_err(|source| Failure::KeyFile { path: path.clone(), source })?;
    text.map(|text| parse_stored(algorithm, path, &text)).transpose()
}

/// Returns the path of the file of a generated key.
pub fn kept_path(algorithm: Algorithm, data_dir: &Path) -> PathBuf {
    data_dir.join(match algorithm {
        Algorithm::Hs256 => "jwt_secret",
        Algorithm::EdDsa => "jwt_ed25519.pem",
    })
}

/// Returns a random key of this algorithm, to read tokens without verifying them.
pub fn throwaway(algorithm: Algorithm, ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    match algorithm {
        Algorithm::Hs256 => unused(ids),
        Algorithm::EdDsa => Ok(JwtKeys::ed25519_pem(&JwtKeys::generate_ed25519(ids))?),
    }
}

fn with_previous(mut keys: JwtKeys, jwt: &Jwt) -> Result<JwtKeys, Failure> {
    for previous in &jwt.previous_keys {
        keys = keys.with_previous(&from_secret(jwt.algorithm, previous)?)?;
    }
    Ok(keys)
}

/// Returns a random key for commands that sign nothing.
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

fn load_or_generate(settings: &Settings, ids: &dyn IdSource) -> Result<JwtKeys, Failure> {
    let path = kept_path(settings.jwt.algorithm, settings.server.data_dir.as_path());
    let make = || match settings.jwt.algorithm {
        Algorithm::Hs256 => random(ids),
        Algorithm::EdDsa => JwtKeys::generate_ed25519(ids).to_string(),
    };
    let text = data_dir::kept_secret(&path, make)
        .map_err(|source| Failure::KeyFile { path: path.clone(), source })?;
    parse_stored(settings.jwt.algorithm, path, &text)
}

fn parse_stored(algorithm: Algorithm, path: PathBuf, text: &str) -> Result<JwtKeys, Failure> {
    let keys = match algorithm {
        Algorithm::Hs256 => JwtKeys::hs256(text.as_bytes()),
        Algorithm::EdDsa => JwtKeys::ed25519_pem(text),
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
    use bailiwick::infra::{JwtTokens, SystemIds, TokenParties};
    use bailiwick::kernel::{SessionId, Timestamp, UserId};

    use super::*;

    fn node(secret: &str) -> JwtTokens {
        let secret = JwtSecret::try_from(secret.to_owned()).unwrap();
        let keys = from_secret(Algorithm::EdDsa, &secret).unwrap();
        JwtTokens::new(keys, TokenParties::default(), Arc::new(SystemIds::new())).unwrap()
    }

    #[test]
    fn every_node_derives_the_same_key_pair_from_a_secret() {
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
