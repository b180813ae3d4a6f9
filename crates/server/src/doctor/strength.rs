//! Checks whether a secret can be guessed.

/// The least length in bytes (RFC 7518, section 3.2).
const MIN_BYTES: usize = 32;
/// The least number of different bytes. A random secret of this length has more.
const MIN_DIFFERENT: usize = 10;
/// Parts of secrets in examples and tutorials, in lower case, letters and digits only.
const WELL_KNOWN: &[&str] = &[
    "yoursecret",
    "yourjwtsecret",
    "your256bitsecret",
    "astringsecret",
    "secretkey",
    "supersecret",
    "topsecret",
    "mysecret",
    "jwtsecret",
    "thesecret",
    "changeme",
    "changeit",
    "changethis",
    "replaceme",
    "replacethis",
    "password",
    "placeholder",
    "keyboardcat",
    "letmein",
    "qwertyui",
    "donotuse",
    "insecure",
    "development",
    "example",
];

/// Returns why a secret is weak; `None` if no weakness is found.
pub fn weakness(secret: &str) -> Option<String> {
    let bytes = secret.as_bytes();
    if bytes.len() < MIN_BYTES {
        return Some(format!("it has {} bytes, and at least {MIN_BYTES} are needed", bytes.len()));
    }
    if is_well_known(secret) {
        return Some("it is made of words that are used in examples".to_owned());
    }
    if is_repeated(bytes) {
        return Some("it repeats itself".to_owned());
    }
    let different = different(bytes);
    if different < MIN_DIFFERENT {
        return Some(format!("it has only {different} different characters"));
    }
    is_counted(bytes).then(|| "its characters follow one another".to_owned())
}

fn is_well_known(secret: &str) -> bool {
    let bare: String =
        secret.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    WELL_KNOWN.iter().any(|known| bare.contains(known))
}

/// Returns whether the secret is a shorter text repeated.
fn is_repeated(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 2).any(|period| bytes.iter().zip(bytes.iter().skip(period)).all(|(a, b)| a == b))
}

fn different(bytes: &[u8]) -> usize {
    let mut seen = bytes.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Returns whether most bytes differ from their neighbor by at most one.
fn is_counted(bytes: &[u8]) -> bool {
    let steps = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| a.abs_diff(**b) <= 1).count();
    steps * 2 > bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_can_be_guessed_are_weak() {
        for secret in [
            "",
            "short",
            "your-secret-key-your-secret-key-0",
            "CHANGE_ME_CHANGE_ME_in_production_please",
            "a-string-secret-at-least-256-bits-long",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789abcdef0123456789abcdef",
            "correct horse correct horse correct horse ",
            "abababcabababababcbababababcbabababab",
            "abcdefghijklmnopqrstuvwxyz0123456789",
        ] {
            assert!(weakness(secret).is_some(), "{secret}");
        }
    }

    #[test]
    fn generated_secrets_are_strong() {
        for secret in [
            "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9aUoIiYxRz",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "83049175620394817260593847162534",
            "Sx5W0m7GQy+3Vb1n/1Jq9k2Lr8Zt4Hc6Pd0Ef5Ug7Ab=",
            "grumpy lantern orbit velvet canoe thistle",
        ] {
            assert_eq!(weakness(secret), None, "{secret}");
        }
    }
}
