//! `/.well-known/jwks.json`: the keys that verify access tokens (RFC 7517, section 5).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use bailiwick_app::{App, PublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Public;
use crate::operation::operations;

/// Caching of the key set. A new key reaches every client within 300 s.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

operations![key_set];

/// The public keys whose tokens are accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySetDto {
    /// The signing key first. Empty if tokens are signed with a shared secret.
    keys: Vec<KeyDto>,
}

/// A public key (RFC 7517, section 4; RFC 8037, section 2).
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyDto {
    /// `OKP`.
    #[schema(value_type = String, example = "OKP")]
    kty: &'static str,
    /// `Ed25519`.
    #[schema(value_type = String, example = "Ed25519")]
    crv: &'static str,
    /// The public key, in base64url.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$", example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
    /// The thumbprint of the key (RFC 7638), as in the header of tokens.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    /// `EdDSA`.
    #[schema(value_type = String, example = "EdDSA")]
    alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(value_type = String, example = "sig")]
    usage: &'static str,
}

impl From<PublicKey> for KeyDto {
    fn from(key: PublicKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            x: URL_SAFE_NO_PAD.encode(key.ed25519),
            kid: key.id,
            alg: "EdDSA",
            usage: "sig",
        }
    }
}

/// Returns the public keys of access tokens, for services that verify tokens themselves.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "service",
    responses((status = 200, body = KeySetDto)))]
pub async fn key_set(_: Public, app: Data<App>) -> HttpResponse {
    let keys = app.parts().tokens.public_keys().into_iter().map(KeyDto::from).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, CACHED)).json(KeySetDto { keys })
}
