//! The form of a token (RFC 7515, section 7.1).

use bailiwick_app::TokenFault;
use serde_json::json;

use super::World;
use super::tools::{SESSION, USER, changed, claims, encoded, now, part};

pub async fn a_token_has_three_parts(world: World) {
    let tokens = world.plain();
    let token = tokens.sign(&claims());
    assert_eq!(token.split('.').count(), 3);
    let [header, payload, signature] = [0, 1, 2].map(|number| part(&token, number));
    for (text, parts) in [
        (String::new(), 1),
        ("abc".to_owned(), 1),
        (format!("{header}.{payload}"), 2),
        (format!("{header}.{payload}.{signature}.{signature}"), 4),
        ("a.b.c.d.e".to_owned(), 5),
    ] {
        assert_eq!(tokens.verify(&text, now()), Err(TokenFault::PartCount(parts)), "{text:?}");
    }
}

/// The alphabet of base64url (RFC 4648, section 5).
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Replaces each character by others of the alphabet, one at a time. One of them differs in the last bit
/// alone, which a loose decoder ignores at the end of a part.
pub async fn no_byte_can_be_changed(world: World) {
    let tokens = world.plain();
    let token = tokens.sign(&claims());
    for (place, former) in token.char_indices() {
        let neighbor = ALPHABET.find(former).and_then(|number| ALPHABET.chars().nth(number ^ 1));
        for other in ['A', '_', '='].into_iter().chain(neighbor).filter(|other| *other != former) {
            let mut changed = token.clone();
            changed.replace_range(place..=place, other.encode_utf8(&mut [0; 4]));
            let verdict = tokens.verify(&changed, now());
            assert!(verdict.is_err(), "{other} in place of {former}, character {place} of {token}");
        }
    }
}

pub async fn nothing_can_be_added_or_left_out(world: World) {
    let tokens = world.plain();
    let token = tokens.sign(&claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    for text in [
        format!("{message}."),
        format!("{message}.AAAA"),
        format!("{message}.&&&&"),
        format!("{token}="),
        format!("{token}AAAA"),
        format!("{token}\n"),
        format!(" {token}"),
        format!("Bearer {token}"),
        token[..token.len() - 1].to_owned(),
        format!("{message}.{}", signature.repeat(2)),
    ] {
        assert!(tokens.verify(&text, now()).is_err(), "{text:?}");
    }
}

pub async fn no_text_makes_it_panic(world: World) {
    let tokens = world.plain();
    let long = "x".repeat(100_000);
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for header in ["", "{", "null", "7", "[]", "\u{ff}\0", &nested, &long, "\"HS256\"", r#"{"alg":[]}"#] {
        for payload in ["", "{", "null", "[]", "\u{ff}\0", &nested, &long] {
            let token = world.signed(1, header, payload);
            assert!(tokens.verify(&token, now()).is_err());
        }
    }
    for payload in ["", "{", "null", "7", "[]", "\u{ff}\0", &nested, "{}"] {
        let token = world.signed(1, world.header().to_string(), payload);
        assert!(tokens.verify(&token, now()).is_err(), "{payload}");
    }
    for text in ["..", "\u{1f511}.\u{1f511}.\u{1f511}", "&&.&&.&&", "a.b.\0", &".".repeat(10_000), &long] {
        assert!(tokens.verify(text, now()).is_err());
    }
}

pub async fn a_claim_said_twice_is_refused(world: World) {
    let twice = format!(r#"{{"sub":"{USER}","sid":"{SESSION}","iat":1,"exp":1,"exp":4102444800}}"#);
    let token = world.signed(1, world.header().to_string(), twice);
    assert_eq!(world.plain().verify(&token, now()), Err(TokenFault::Malformed), "a claim");
    let header = format!(r#"{{"alg":"none","alg":"{}"}}"#, world.algorithm());
    let message = format!("{}.{}", encoded(header), encoded(changed(json!({})).to_string()));
    let verdict = world.plain().verify(&world.signed_message(1, &message), now());
    assert!(
        matches!(verdict, Err(TokenFault::Malformed | TokenFault::WrongAlgorithm)),
        "the algorithm: {verdict:?}"
    );
}
