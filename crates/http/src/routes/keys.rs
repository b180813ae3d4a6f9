//! `/.well-known/jwks.json`: with what others read the access tokens (RFC 7517, section 5).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, ServiceConfig, get};
use bailiwick_app::{App, PublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Public;
use crate::resource::resource;

/// A new key is known everywhere after so long.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/.well-known/jwks.json", [get().to(key_set)]);
}

/// All keys whose tokens are accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySetDto {
    /// The one that signs first; empty where tokens are signed with a shared secret.
    keys: Vec<KeyDto>,
}

/// A public key (RFC 7517, section 4; RFC 8037, section 2).
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyDto {
    /// `OKP`.
    #[schema(value_type = String)]
    kty: &'static str,
    /// `Ed25519`.
    #[schema(value_type = String)]
    crv: &'static str,
    /// The key, in base64url.
    x: String,
    /// As it stands in the header of tokens: the thumbprint (RFC 7638).
    kid: String,
    /// `EdDSA`.
    #[schema(value_type = String)]
    alg: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(value_type = String)]
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

/// The public keys of access tokens, for services that read them by themselves.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "service",
    responses((status = 200, body = KeySetDto)))]
pub async fn key_set(_: Public, app: Data<App>) -> HttpResponse {
    let keys = app.parts().tokens.public_keys().into_iter().map(KeyDto::from).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, CACHED)).json(KeySetDto { keys })
}
