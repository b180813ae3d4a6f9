//! The conformance suite of password hashers, on Argon2.

use std::sync::Arc;

use bailiwick_infra::{Argon2Hasher, HasherOptions, SystemIds};
use bailiwick_testkit::adapters::password_hasher::Fixture;
use bailiwick_testkit::password_hasher_conformance;
use bailiwick_users::{Password, PasswordHash, PasswordHasher};

/// Hashes of other parameters and of other systems; the tests of the hasher say where they are from.
const OUTDATED: [(&str, &str); 4] = [
    ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
    ("password", "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"),
    ("password123", "$2b$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO"),
    ("password123", "ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f"),
];

struct Argon(Arc<Argon2Hasher>);

impl Argon {
    fn start() -> Self {
        let options = HasherOptions { threads: 2, ..HasherOptions::default() };
        Self(Arc::new(Argon2Hasher::start(Arc::new(SystemIds::new()), options).unwrap()))
    }
}

impl Fixture for Argon {
    fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }

    fn outdated(&self) -> Vec<(Password, PasswordHash)> {
        let hashes = OUTDATED.map(|(password, hash)| (Password::claimed(password).unwrap(), hash.to_owned()));
        hashes.into_iter().map(|(password, hash)| (password, PasswordHash::from_stored(hash))).collect()
    }

    fn corrupt(&self) -> Vec<String> {
        let end = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        ["m=4294967295,t=1,p=1", "m=65536,t=4294967295,p=1", "m=65536,t=0,p=1", "m=x,t=2,p=1"]
            .map(|parameters| format!("$argon2id$v=19${parameters}${end}"))
            .into()
    }
}

password_hasher_conformance!(argon2, async { Argon::start() });
