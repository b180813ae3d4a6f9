//! The algorithm is that of the service, whatever the header says (RFC 8725, section 3.1).

use bailiwick_app::TokenFault;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::World;
use super::tools::{changed, claims, encoded, now, part};

pub async fn another_algorithm_is_refused_whatever_the_signature(world: World) {
    let own = world.algorithm();
    let lower = own.to_lowercase();
    let others = ["none", "None", "nOnE", "", "HS256", "HS512", "RS256", "ES256", "EdDSA", &lower];
    for alg in others.into_iter().filter(|alg| *alg != own) {
        let verdict = world.verdict_on_header(&json!({"typ": "JWT", "alg": alg}));
        assert_eq!(verdict, Err(TokenFault::WrongAlgorithm), "{alg:?}");
    }
    assert_eq!(
        world.verdict_on_header(&json!({"typ": "JWT"})),
        Err(TokenFault::WrongAlgorithm),
        "no algorithm"
    );
    assert!(world.verdict_on_header(&json!({"alg": 256})).is_err());
    assert!(world.verdict_on_header(&world.header()).is_ok(), "the right one");
}

pub async fn a_token_without_a_signature_is_refused(world: World) {
    let payload = encoded(changed(json!({})).to_string());
    for alg in ["none", "NONE", "HS256", world.algorithm()] {
        let header = encoded(json!({"typ": "JWT", "alg": alg}).to_string());
        for end in ["", "AA", "null"] {
            let verdict = world.plain().verify(&format!("{header}.{payload}.{end}"), now());
            assert!(verdict.is_err(), "{alg} {end}");
        }
    }
}

/// The classic confusion: the public key, which everybody knows, as the secret of an HMAC.
pub async fn a_public_key_is_no_secret(world: World) {
    let tokens = world.plain();
    for key in tokens.public_keys() {
        for kid in [json!(key.id), json!(null)] {
            let header = json!({"typ": "JWT", "alg": "HS256", "kid": kid});
            let message =
                format!("{}.{}", encoded(header.to_string()), encoded(changed(json!({})).to_string()));
            let mac = Hmac::<Sha256>::new_from_slice(&key.ed25519).unwrap().chain_update(&message);
            let token = format!("{message}.{}", encoded(mac.finalize().into_bytes()));
            assert_eq!(tokens.verify(&token, now()), Err(TokenFault::WrongAlgorithm));
        }
    }
}

pub async fn a_key_in_the_header_is_not_trusted(world: World) {
    let public = encoded(
        world.tokens(&super::tools::of_key(2)).public_keys().first().map_or([7; 32], |key| key.ed25519),
    );
    for (name, value) in [
        ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": public})),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/certificate")),
        ("x5c", json!(["AAAA"])),
    ] {
        let mut header = world.header();
        header[name] = value;
        let token = world.signed(2, header.to_string(), changed(json!({})).to_string());
        assert!(world.plain().verify(&token, now()).is_err(), "{header}");
    }
}

pub async fn a_critical_extension_is_refused(world: World) {
    let own = part(&world.plain().sign(&claims()), 0).to_owned();
    for critical in [json!(["exp"]), json!(["urn:example:unknown"])] {
        let mut header = super::tools::decoded(&own);
        header["crit"] = critical;
        let verdict = world.verdict_on_header(&header);
        assert!(verdict.is_err(), "RFC 7515, section 4.1.11: {header}");
    }
}
