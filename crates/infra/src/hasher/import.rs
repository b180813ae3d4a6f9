//! Imported hashes: bcrypt, and SHA-256 without a salt.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Limits of the cost of bcrypt. A hash beyond them is considered corrupt: each step doubles the
/// time, and the highest cost here takes seconds.
const MIN_COST: u32 = 4;
const MAX_COST: u32 = 16;
/// Number of bytes of a password that bcrypt reads.
const BCRYPT_KEY_BYTES: usize = 72;
const BCRYPT_SALT_BYTES: usize = 16;
/// The algorithm produces 24 bytes, but the usual format stores 23.
const BCRYPT_OUTPUT_BYTES: usize = 23;
const BCRYPT_SALT_CHARACTERS: usize = 22;
const SHA256_CHARACTERS: usize = 64;

/// The alphabet of bcrypt. Some systems left unused bits set in a salt.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A stored hash of another system.
pub(super) enum Import {
    Bcrypt { cost: u32, salt: [u8; BCRYPT_SALT_BYTES], output: [u8; BCRYPT_OUTPUT_BYTES] },
    Sha256([u8; 32]),
}

impl Import {
    pub(super) fn read(text: &str) -> Option<Self> {
        Self::read_bcrypt(text).or_else(|| Self::read_sha256(text))
    }

    /// `$2a$`, `$2b$` and `$2y$` are equal for all inputs compared here. `$2x$` marks the hashes of
    /// an implementation that handled some characters incorrectly.
    fn read_bcrypt(text: &str) -> Option<Self> {
        let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| text.strip_prefix(version))?;
        let (cost, rest) = rest.split_once('$')?;
        let two_digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|cost| two_digits && (MIN_COST..=MAX_COST).contains(cost))?;
        let (salt, output) = rest.split_at_checked(BCRYPT_SALT_CHARACTERS)?;
        let salt = BCRYPT_BASE64.decode(salt).ok()?.try_into().ok()?;
        let output = BCRYPT_BASE64.decode(output).ok()?.try_into().ok()?;
        Some(Self::Bcrypt { cost, salt, output })
    }

    fn read_sha256(text: &str) -> Option<Self> {
        let digits: &[u8; SHA256_CHARACTERS] = text.as_bytes().try_into().ok()?;
        let mut output = [0; 32];
        for (byte, pair) in output.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |byte, digit| Some(byte << 4 | hex(*digit)?))?;
        }
        Some(Self::Sha256(output))
    }

    /// Returns whether it is the hash of this text.
    pub(super) fn is_of(&self, text: &str) -> bool {
        match self {
            Self::Bcrypt { cost, salt, output } => key(text).is_some_and(|key| {
                let made = bcrypt::bcrypt(*cost, *salt, &key);
                made.first_chunk::<BCRYPT_OUTPUT_BYTES>().is_some_and(|made| made.ct_eq(output).into())
            }),
            Self::Sha256(output) => Sha256::digest(text).ct_eq(output).into(),
        }
    }
}

/// Returns the key that bcrypt derives from a text: its bytes and a zero, or the first 72 of these.
/// The system that made the hash ignored any further bytes, and so does the one login before the
/// whole password is hashed anew. `None` for a text that contains a zero, because some systems stop
/// reading there.
fn key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.contains('\0') {
        return None;
    }
    // Allocated at full size, because a growing vector leaves copies behind.
    let mut key = Zeroizing::new(Vec::with_capacity(BCRYPT_KEY_BYTES + 1));
    key.extend(text.bytes().take(BCRYPT_KEY_BYTES));
    key.push(0);
    key.truncate(BCRYPT_KEY_BYTES);
    Some(key)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the hash of a system that passes these bytes to bcrypt.
    fn hash_of(bytes: &[u8]) -> Import {
        let salt = [7; BCRYPT_SALT_BYTES];
        let output = *bcrypt::bcrypt(MIN_COST, salt, bytes).first_chunk().unwrap();
        Import::Bcrypt { cost: MIN_COST, salt, output }
    }

    #[test]
    fn bcrypt_reads_72_bytes_even_if_they_end_within_a_character() {
        let text = format!("x{}", "\u{e4}".repeat(40));
        let stored = hash_of(&text.as_bytes()[..BCRYPT_KEY_BYTES]);
        assert!(stored.is_of(&text));
        assert!(stored.is_of(&format!("{text} and more")));
        assert!(!stored.is_of(&text[..71]), "fewer bytes");
        assert!(!stored.is_of(&text.replacen('\u{e4}', "\u{f6}", 1)));
        assert!(!stored.is_of(&format!("{text}\0")), "where systems differ");
    }

    #[test]
    fn shorter_passwords_are_read_whole() {
        let stored = hash_of(b"password123\0");
        assert!(stored.is_of("password123"));
        assert!(!stored.is_of("password1234"));
        assert!(!stored.is_of("password12"));
    }
}
