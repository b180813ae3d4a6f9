//! Checks the algorithm and the lifetime of tokens.

use super::report::{Check, Name};
use crate::settings::{Algorithm, Settings};

/// Reports the algorithm that signs tokens.
pub fn algorithm(settings: &Settings) -> Check {
    let message = match settings.jwt.algorithm {
        Algorithm::Hs256 => "HS256: every verifier of tokens holds the secret that signs them",
        Algorithm::EdDsa => "EdDSA: a key pair",
    };
    Check::ok(Name::JwtAlgorithm, message)
}

/// Checks the lifetime of tokens against the recommendations; a warning above a day.
pub fn expiry(settings: &Settings) -> Check {
    let minutes = settings.jwt.expire_minutes;
    let recommended = "recommended are 15-30 minutes for high security, 60-120 for medium, 480-1440 for low";
    let level = match minutes {
        ..=30 => "high security",
        31..=120 => "medium security",
        121..=1440 => "low security",
        _ => {
            let message = format!("JWT_EXPIRE_MINUTES is {minutes}: longer than a day; {recommended}");
            return Check::warning(
                Name::JwtExpiry,
                message,
                "set JWT_EXPIRE_MINUTES to 60, and let clients refresh",
            );
        }
    };
    Check::ok(Name::JwtExpiry, format!("JWT_EXPIRE_MINUTES is {minutes}: {level}; {recommended}"))
}
