//! Checks the secret that signs tokens.

use std::path::Path;

use super::report::{Check, Name};
use super::strength::weakness;
use crate::settings::{DatabaseUrl, SecretSource, Settings};
use crate::{data_dir, database, keys};

const NAME: Name = Name::JwtSecret;
const MAKE_ONE: &str = "make one with `openssl rand -base64 48`; all services and nodes need the same";

/// Checks the secret in the settings, or the generated one if none is set.
pub async fn check(settings: &Settings, source: Option<&SecretSource>) -> Check {
    if let Some(check) = source.and_then(given) {
        return check;
    }
    match settings.database_url() {
        DatabaseUrl::Postgres(_) => {
            Check::failed(NAME, "JWT_SECRET is not set, and with PostgreSQL none is generated", MAKE_ONE)
        }
        DatabaseUrl::Sqlite(_) if source.is_some_and(|source| source.hides_another) => Check::warning(
            NAME,
            "JWT_SECRET is empty in the environment, which hides the one in .env",
            "remove it from the environment, or write the same in both places",
        ),
        DatabaseUrl::Sqlite(_) => kept(settings).await,
    }
}

/// Checks the secret in the settings, also if the other settings cannot be used; `None` if none is set.
pub fn given(source: &SecretSource) -> Option<Check> {
    let origin = &source.origin;
    let text = source.text.as_deref()?;
    if let Some(why) = weakness(text) {
        return Some(Check::failed(NAME, format!("JWT_SECRET, {origin}, is weak: {why}"), MAKE_ONE));
    }
    if source.hides_another {
        let message =
            "JWT_SECRET is set in the environment and differs from the one in .env; the environment wins";
        return Some(Check::warning(NAME, message, "write the same in both places, or leave one out"));
    }
    Some(Check::ok(NAME, format!("JWT_SECRET, {origin}, has {} bytes", text.len())))
}

async fn kept(settings: &Settings) -> Check {
    let dir = settings.server.data_dir.as_path();
    let path = keys::kept_path(settings.jwt.algorithm, dir);
    match keys::at_hand(&settings.jwt, dir) {
        Ok(Some(_)) => generated(&path),
        Ok(None) if database::has_sessions(settings).await => {
            let message =
                format!("the signing key {} is missing, and tokens were signed with it", path.display());
            let remedy = "put the file back, as from a backup; otherwise the next start generates a new key, and all \
                          access tokens issued before are invalid";
            Check::warning(NAME, message, remedy)
        }
        Ok(None) => {
            let message =
                format!("JWT_SECRET is not set; one is generated at the first start, in {}", path.display());
            Check::ok(NAME, message)
        }
        Err(failure) => Check::failed(NAME, failure.to_string(), "see that the file is whole and readable"),
    }
}

fn generated(path: &Path) -> Check {
    let file = path.display();
    if data_dir::is_open_to_others(path) {
        let message = format!("generated, kept in {file}, and others can read it");
        return Check::warning(NAME, message, format!("run chmod 600 {file}"));
    }
    Check::ok(NAME, format!("generated, kept in {file}"))
}

/// Checks the former secrets, whose tokens are still accepted.
pub fn previous(settings: &Settings) -> Check {
    let name = Name::JwtPreviousKeys;
    let keys = &settings.jwt.previous_keys;
    let weak = keys.iter().enumerate().find_map(|(at, key)| Some((at + 1, weakness(key.reveal())?)));
    match weak {
        Some((number, why)) => Check::failed(
            name,
            format!(
                "number {number} of the former secrets is weak, and a guess suffices to sign tokens: {why}"
            ),
            "remove it from BAILIWICK__JWT__PREVIOUS_KEYS",
        ),
        None if keys.is_empty() => Check::ok(name, "no former secret is accepted"),
        None => Check::ok(name, format!("former secrets that are still accepted: {}", keys.len())),
    }
}
