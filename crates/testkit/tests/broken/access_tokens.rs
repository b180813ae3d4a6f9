//! Access tokens with one flaw at a time. The sound ones are signed by HMAC under a name of their own, and have
//! public keys, which here only name the secret ones.

use std::sync::Arc;

use bailiwick_app::{AccessClaims, AccessTokens, PublicKey, TokenFault};
use bailiwick_kernel::{SessionId, Timestamp, UserId};
use bailiwick_testkit::Outcome;
use bailiwick_testkit::adapters::access_tokens::{Fixture, Service, run_all};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use time::Duration;

use crate::failures;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    Milliseconds,
    TellsTheRole,
    ReadsOneNameOfTheUser,
    AssumesMissingClaims,
    RefusesUnknownClaims,
    ExpiresLate,
    LastsForeverWithoutExpiry,
    NoLeeway,
    MuchLeeway,
    IgnoresMoreParts,
    TrimsText,
    PanicsOnText,
    LastClaimWins,
    DecodesLoosely,
    TrustsAlgorithmOfHeader,
    AcceptsNone,
    PublicKeyAsSecret,
    TrustsKeyOfHeader,
    IgnoresCritical,
    ChecksNoSignature,
    ForgetsPreviousKeys,
    SignsByPreviousKey,
    IgnoresNameOfKey,
    NeedsNameOfKey,
    ChecksClaimsFirst,
    ShowsNewKeyAlone,
    IgnoresIssuer,
    IgnoresAudience,
    OneAudience,
    AcceptsForeignAudience,
}

use Flaw::*;

/// Each flaw with the case that refuses it, because the case is of the promise that the flaw breaks.
const FLAWS: [(Flaw, &str); 30] = [
    (Milliseconds, "claims::the_claims_come_back_in_whole_seconds"),
    (TellsTheRole, "claims::a_token_has_the_documented_claims_and_no_others"),
    (ReadsOneNameOfTheUser, "claims::either_claim_names_the_user_but_both_must_agree"),
    (AssumesMissingClaims, "claims::a_claim_that_is_missing_or_of_a_wrong_type_is_refused"),
    (RefusesUnknownClaims, "claims::unknown_claims_are_ignored"),
    (ExpiresLate, "times::a_token_expires_without_leeway"),
    (LastsForeverWithoutExpiry, "times::a_token_without_expiry_is_refused"),
    (NoLeeway, "times::a_clock_that_is_ahead_by_thirty_seconds_is_tolerated"),
    (MuchLeeway, "times::a_clock_that_is_ahead_by_thirty_seconds_is_tolerated"),
    (IgnoresMoreParts, "shapes::a_token_has_three_parts"),
    (TrimsText, "shapes::nothing_can_be_added_or_left_out"),
    (PanicsOnText, "shapes::no_text_makes_it_panic"),
    (LastClaimWins, "shapes::a_claim_said_twice_is_refused"),
    (DecodesLoosely, "shapes::no_byte_can_be_changed"),
    (TrustsAlgorithmOfHeader, "algorithms::another_algorithm_is_refused_whatever_the_signature"),
    (AcceptsNone, "algorithms::a_token_without_a_signature_is_refused"),
    (PublicKeyAsSecret, "algorithms::a_public_key_is_no_secret"),
    (TrustsKeyOfHeader, "algorithms::a_key_in_the_header_is_not_trusted"),
    (IgnoresCritical, "algorithms::a_critical_extension_is_refused"),
    (ChecksNoSignature, "keys::a_token_of_another_key_is_refused"),
    (ForgetsPreviousKeys, "keys::a_previous_key_verifies_and_does_not_sign"),
    (SignsByPreviousKey, "keys::a_previous_key_verifies_and_does_not_sign"),
    (IgnoresNameOfKey, "keys::the_named_key_alone_decides"),
    (NeedsNameOfKey, "keys::without_a_name_each_key_decides"),
    (ChecksClaimsFirst, "keys::the_signature_is_checked_before_the_claims"),
    (ShowsNewKeyAlone, "keys::public_keys_are_those_that_verify"),
    (IgnoresIssuer, "parties::the_issuer_must_be_the_own_one"),
    (IgnoresAudience, "parties::the_audience_must_name_the_service"),
    (OneAudience, "parties::the_audience_must_name_the_service"),
    (AcceptsForeignAudience, "parties::a_token_for_another_audience_is_refused_by_a_service_without_one"),
];

const ALGORITHM: &str = "TEST";

/// Ignores the last bits of the last character.
const LOOSE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

fn mac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(message);
    mac.finalize().into_bytes().to_vec()
}

fn secret(key: u8) -> [u8; 32] {
    [key; 32]
}

fn public(key: u8) -> [u8; 32] {
    mac(&secret(key), b"public").try_into().unwrap()
}

fn name(key: u8) -> String {
    format!("key-{key}")
}

struct TestTokens {
    flaw: Option<Flaw>,
    service: Service,
}

type Object = Map<String, Value>;

impl TestTokens {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn keys(&self) -> Vec<u8> {
        let previous = self.service.previous.iter().copied().filter(|_| !self.has(ForgetsPreviousKeys));
        [self.service.key].into_iter().chain(previous).collect()
    }

    fn decoded(&self, part: &str) -> Result<Vec<u8>, TokenFault> {
        let engine = if self.has(DecodesLoosely) { &LOOSE } else { &URL_SAFE_NO_PAD };
        engine.decode(part).map_err(|_| TokenFault::Malformed)
    }

    /// Parses an object that says nothing twice.
    fn object(&self, part: &str) -> Result<Object, TokenFault> {
        let bytes = self.decoded(part)?;
        if self.has(PanicsOnText) {
            return Ok(serde_json::from_slice::<Value>(&bytes).unwrap().as_object().unwrap().clone());
        }
        let object: Object = serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)?;
        let text = String::from_utf8(bytes).map_err(|_| TokenFault::Malformed)?;
        let is_twice = object.keys().any(|name| text.matches(&format!("\"{name}\":")).count() > 1);
        if is_twice && !self.has(LastClaimWins) { Err(TokenFault::Malformed) } else { Ok(object) }
    }

    fn check_header(&self, header: &Object) -> Result<Option<String>, TokenFault> {
        let algorithm = header.get("alg").and_then(Value::as_str);
        let is_none = algorithm.is_some_and(|name| name.eq_ignore_ascii_case("none"));
        let is_allowed = match self.flaw {
            Some(TrustsAlgorithmOfHeader) => !is_none,
            Some(AcceptsNone) => is_none || algorithm == Some(ALGORITHM),
            Some(PublicKeyAsSecret) => algorithm == Some("HS256") || algorithm == Some(ALGORITHM),
            _ => algorithm == Some(ALGORITHM),
        };
        if !is_allowed {
            return Err(TokenFault::WrongAlgorithm);
        }
        if header.contains_key("crit") && !self.has(IgnoresCritical) {
            return Err(TokenFault::Malformed);
        }
        Ok(header.get("kid").and_then(Value::as_str).map(str::to_owned))
    }

    fn is_signed(&self, header: &Object, message: &str, signature: &[u8]) -> bool {
        let named = header.get("kid").and_then(Value::as_str);
        let matches = |secret: [u8; 32]| mac(&secret, message.as_bytes()) == signature;
        let keys = self.keys().into_iter().filter(|key| match self.flaw {
            Some(IgnoresNameOfKey) => true,
            Some(NeedsNameOfKey) => named == Some(&*name(*key)),
            _ => named.is_none_or(|named| named == name(*key)),
        });
        let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        match self.flaw {
            Some(ChecksNoSignature) => true,
            Some(AcceptsNone) if algorithm.eq_ignore_ascii_case("none") => true,
            Some(PublicKeyAsSecret) if algorithm == "HS256" => keys.map(public).any(matches),
            Some(TrustsKeyOfHeader) if header.contains_key("jwk") => matches(secret(2)),
            _ => keys.map(secret).any(matches),
        }
    }

    fn number(&self, claims: &Object, name: &str, missing: TokenFault) -> Result<Timestamp, TokenFault> {
        let value = match claims.get(name) {
            None if self.has(AssumesMissingClaims) => 0,
            None => return Err(missing),
            Some(value) => value.as_i64().ok_or(TokenFault::Malformed)?,
        };
        let value = if self.has(Milliseconds) { value / 1_000 } else { value };
        Timestamp::from_unix_seconds(value).ok_or(TokenFault::Malformed)
    }

    fn user(&self, claims: &Object) -> Result<UserId, TokenFault> {
        let read = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => {
                let text = value.as_str().ok_or(TokenFault::Malformed)?;
                UserId::parse(text).map(Some).ok_or(TokenFault::Malformed)
            }
        };
        match (read("id")?, read("sub")?) {
            (_, sub) if self.has(ReadsOneNameOfTheUser) => sub.ok_or(TokenFault::Malformed),
            (Some(id), Some(sub)) if id != sub => Err(TokenFault::TwoSubjects),
            (Some(user), _) | (None, Some(user)) => Ok(user),
            (None, None) => Err(TokenFault::Malformed),
        }
    }

    fn check_parties(&self, claims: &Object) -> Result<(), TokenFault> {
        let issuer = match claims.get("iss") {
            None => None,
            Some(value) => Some(value.as_str().ok_or(TokenFault::Malformed)?),
        };
        let audiences = match claims.get("aud") {
            None => None,
            Some(Value::String(one)) => Some(vec![one.clone()]),
            Some(Value::Array(_)) if self.has(OneAudience) => Some(vec![]),
            Some(Value::Array(all)) => {
                Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(_) => return Err(TokenFault::Malformed),
        };
        let is_issuer = self.service.issuer.is_none() || self.service.issuer.as_deref() == issuer;
        let is_audience = match (&self.service.audience, audiences) {
            (None, None) => true,
            (None, Some(_)) => self.has(AcceptsForeignAudience),
            (Some(own), audiences) => audiences.is_some_and(|all| all.contains(own)),
        };
        let is_ours = (is_issuer || self.has(IgnoresIssuer)) && (is_audience || self.has(IgnoresAudience));
        if is_ours { Ok(()) } else { Err(TokenFault::WrongParty) }
    }

    fn check_claims(&self, claims: &Object, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        if self.has(RefusesUnknownClaims) && claims.contains_key("role") {
            return Err(TokenFault::Malformed);
        }
        let missing = claims.get("exp").is_none() && self.has(LastsForeverWithoutExpiry);
        let expires_at =
            if missing { now + Duration::DAY } else { self.number(claims, "exp", TokenFault::NoExpiry)? };
        let issued_at = self.number(claims, "iat", TokenFault::Malformed)?;
        let valid_from = match claims.get("nbf") {
            None => issued_at,
            Some(_) => self.number(claims, "nbf", TokenFault::Malformed)?,
        };
        let user = self.user(claims)?;
        let session = claims.get("sid").and_then(Value::as_str).and_then(SessionId::parse);
        let session = session.ok_or(TokenFault::Malformed)?;
        self.check_parties(claims)?;
        let leeway = match self.flaw {
            Some(NoLeeway) => 0,
            Some(MuchLeeway) => 60,
            _ => 30,
        };
        if issued_at.max(valid_from) > now + Duration::seconds(leeway) {
            return Err(TokenFault::NotYetValid);
        }
        let ago = now - expires_at;
        let tolerated = if self.has(ExpiresLate) { Duration::SECOND } else { Duration::ZERO };
        if ago >= tolerated {
            Err(TokenFault::Expired(ago))
        } else {
            Ok(AccessClaims { user, session, issued_at, expires_at })
        }
    }
}

impl AccessTokens for TestTokens {
    fn sign(&self, claims: &AccessClaims) -> String {
        let key = match self.service.previous.first() {
            Some(previous) if self.has(SignsByPreviousKey) => *previous,
            _ => self.service.key,
        };
        let factor = if self.has(Milliseconds) { 1_000 } else { 1 };
        let mut payload = json!({
            "id": claims.user, "sub": claims.user, "sid": claims.session,
            "iat": claims.issued_at.unix_seconds() * factor, "exp": claims.expires_at.unix_seconds() * factor,
        });
        for (name, value) in [("iss", &self.service.issuer), ("aud", &self.service.audience)] {
            if let Some(value) = value {
                payload[name] = json!(value);
            }
        }
        if self.has(TellsTheRole) {
            payload["role"] = json!("owner");
        }
        let header = json!({"typ": "JWT", "alg": ALGORITHM, "kid": name(key)}).to_string();
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload.to_string()));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac(&secret(key), message.as_bytes())))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let token = if self.has(TrimsText) { token.trim() } else { token };
        let parts: Vec<_> = token.split('.').collect();
        let is_long = parts.len() > 3 && self.has(IgnoresMoreParts);
        let (true, [header, payload, signature, ..]) = (parts.len() == 3 || is_long, &parts[..]) else {
            return Err(TokenFault::PartCount(parts.len()));
        };
        let object = self.object(header)?;
        self.check_header(&object)?;
        let check_claims = || self.check_claims(&self.object(payload)?, now);
        if self.has(ChecksClaimsFirst) {
            check_claims()?;
        }
        let signature = self.decoded(signature).map_err(|_| TokenFault::BadSignature)?;
        if !self.is_signed(&object, &format!("{header}.{payload}"), &signature) {
            return Err(TokenFault::BadSignature);
        }
        check_claims()
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        let count = if self.has(ShowsNewKeyAlone) { 1 } else { usize::MAX };
        self.keys()
            .into_iter()
            .take(count)
            .map(|key| PublicKey { id: name(key), ed25519: public(key) })
            .collect()
    }
}

struct Tokens(Option<Flaw>);

impl Fixture for Tokens {
    fn tokens(&self, service: &Service) -> Arc<dyn AccessTokens> {
        Arc::new(TestTokens { flaw: self.0, service: service.clone() })
    }

    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn signature(&self, key: u8, message: &[u8]) -> Vec<u8> {
        mac(&secret(key), message)
    }
}

fn outcomes(flaw: Option<Flaw>) -> Vec<Outcome> {
    run_all(async || Tokens(flaw))
}

#[test]
fn sound_tokens_are_accepted() {
    assert_eq!(failures(outcomes(None)), []);
}

#[test]
fn each_flaw_is_refused_by_the_case_of_its_promise() {
    crate::assert_each_is_refused(&FLAWS, outcomes);
}
