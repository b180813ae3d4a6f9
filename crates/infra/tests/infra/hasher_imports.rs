//! Hashes made by other systems. The vectors are those of crypt_blowfish (Openwall, `wrapper.c`), or
//! computed by other implementations.

use std::sync::Arc;

use bailiwick_infra::{Argon2Hasher, HasherOptions};
use bailiwick_users::{Password, PasswordHash, PasswordHasher, Verdict};

use crate::fakes::CountingIds;

const LONGEST: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const OF_LONGEST: &str = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
const SHA256: &str = "ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f";

const COMPOSED: &str = "p\u{e4}sswort";
const DECOMPOSED: &str = "pa\u{308}sswort";

fn hasher() -> Argon2Hasher {
    Argon2Hasher::start(Arc::new(CountingIds::default()), HasherOptions::default()).unwrap()
}

async fn verdict(hasher: &Argon2Hasher, password: &str, stored: &str) -> Verdict {
    let stored = PasswordHash::from_stored(stored.to_owned());
    hasher.verify(&Password::claimed(password).unwrap(), Some(&stored)).await.unwrap()
}

#[tokio::test]
async fn bcrypt_is_found_and_told_to_be_outdated() {
    let hasher = hasher();
    let long_salt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for (password, stored) in [
        ("U*U", long_salt),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        (LONGEST, OF_LONGEST),
        ("password123", "$2b$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO"),
        ("password123", "$2y$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO"),
        ("password123", "$2b$04$jvFIT6r9ox/83utOKy6rZPqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO"),
    ] {
        assert_eq!(verdict(&hasher, password, stored).await, Verdict::MatchOutdated, "{stored}");
        assert_eq!(verdict(&hasher, "U*U*", stored).await, Verdict::NoMatch, "{stored}");
    }
}

#[tokio::test]
async fn bcrypt_ignores_what_follows_its_72_bytes() {
    let hasher = hasher();
    for tail in ["x", "chars after 72 are ignored", LONGEST, &"\u{1f511}".repeat(200)] {
        let whole = format!("{LONGEST}{tail}");
        assert_eq!(verdict(&hasher, &whole, OF_LONGEST).await, Verdict::MatchOutdated, "{tail}");
        let other = whole.replacen('z', "y", 1);
        assert_eq!(verdict(&hasher, &other, OF_LONGEST).await, Verdict::NoMatch, "{other}");
    }
    assert_eq!(verdict(&hasher, &LONGEST[..71], OF_LONGEST).await, Verdict::NoMatch);
}

/// Some systems read up to the zero, some beyond it.
#[tokio::test]
async fn a_password_with_a_zero_inside_is_of_no_bcrypt_hash() {
    let hasher = hasher();
    for beyond in [&format!("{LONGEST}\0"), &format!("{LONGEST}x\0")] {
        assert_eq!(verdict(&hasher, beyond, OF_LONGEST).await, Verdict::NoMatch, "{beyond:?}");
    }
    let of_u_star_u = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for with_zero in ["U*U\0", "U*U\0U*U", "\0U*U"] {
        assert_eq!(verdict(&hasher, with_zero, of_u_star_u).await, Verdict::NoMatch, "{with_zero:?}");
    }
}

#[tokio::test]
async fn sha256_is_found_in_any_case_and_told_to_be_outdated() {
    let hasher = hasher();
    for stored in [SHA256.to_owned(), SHA256.to_uppercase()] {
        assert_eq!(verdict(&hasher, "password123", &stored).await, Verdict::MatchOutdated);
        assert_eq!(verdict(&hasher, "Password123", &stored).await, Verdict::NoMatch);
        assert_eq!(verdict(&hasher, &stored, &stored).await, Verdict::NoMatch);
    }
}

#[tokio::test]
async fn the_text_as_typed_is_compared_and_the_normalized_one_too() {
    let hasher = hasher();
    let of_composed = [
        "$2b$04$HvJtzql2cGnPXxo03sT.MOA/FZ3Y/6mq9diq28izrs2fSysr6/Wfe",
        "f59320018e3a023aa52526420be710cc278d9c733cddd507c4a81688ba1f3510",
    ];
    let of_decomposed = [
        "$2b$04$3TTHyYWQZz0.ajW4PeQ9mu0p739qp6/KBWW4fY5PnRx3DChpENO4u",
        "74612f5809e36f22d258814aeb6d30df8edf12f1b8dec4957becac121ac92a4b",
        // Made by another system, with the same parameters as here.
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QcadSR2q39dT/VTlICvFWwNiaF03r4O72sGxhiMNMw4",
    ];
    for stored in of_composed {
        assert_eq!(verdict(&hasher, COMPOSED, stored).await, Verdict::MatchOutdated, "{stored}");
        assert_eq!(verdict(&hasher, DECOMPOSED, stored).await, Verdict::MatchOutdated, "{stored}");
    }
    for stored in of_decomposed {
        assert_eq!(verdict(&hasher, DECOMPOSED, stored).await, Verdict::MatchOutdated, "{stored}");
        assert_eq!(verdict(&hasher, COMPOSED, stored).await, Verdict::NoMatch, "{stored}");
    }
    let ours = hasher.hash(&Password::claimed(DECOMPOSED).unwrap()).await.unwrap();
    for spelling in [COMPOSED, DECOMPOSED] {
        assert_eq!(verdict(&hasher, spelling, ours.as_str()).await, Verdict::Match);
    }
}

#[tokio::test]
async fn corrupt_and_monstrous_imports_are_no_match() {
    let hasher = hasher();
    let good = "$2b$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO";
    let mut texts: Vec<_> = [
        "$2b$03$", "$2b$17$", "$2b$31$", "$2b$4$", "$2b$+4$", "$2b$004$", "$2b$$", "$2x$04$", "$2$04$",
        "$2c$04$",
    ]
    .iter()
    .map(|head| good.replace("$2b$04$", head))
    .collect();
    texts.extend([
        good[..59].to_owned(),
        format!("{good}O"),
        good.replace("jv", "j="),
        good.replace("jv", "\u{e4}"),
        format!("{good}="),
        "$2b$04$".to_owned(),
        "$2b$".to_owned(),
        SHA256[..63].to_owned(),
        format!("{SHA256}0"),
        SHA256.replace('f', "g"),
        SHA256.replace("ef", "+f"),
        "\u{e4}".repeat(32),
    ]);
    for text in texts {
        assert_eq!(verdict(&hasher, "password123", &text).await, Verdict::NoMatch, "{text}");
    }
}
