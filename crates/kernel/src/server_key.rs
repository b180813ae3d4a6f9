//! The root secret of the service, from which other secrets are derived.

use std::{fmt, iter};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const BYTES: usize = 32;
/// Block size of HMAC-SHA256; shorter keys are padded with zeros (RFC 2104, section 2).
const BLOCK_BYTES: usize = 64;

/// 32 secret bytes that all nodes of a service share. Hidden in `Debug`, erased when dropped.
#[derive(Clone)]
pub struct ServerKey {
    current: Block,
    /// Previous keys, the newest first.
    previous: Vec<Block>,
}

type Block = Zeroizing<[u8; BLOCK_BYTES]>;

impl ServerKey {
    /// Wraps bytes, which must be random.
    pub fn new(bytes: &[u8; BYTES]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        Self { current: block, previous: Vec::new() }
    }

    /// Adds a previous key and its own previous keys. They open sealed texts ([`Self::open`]) and
    /// recognize derived secrets ([`Self::derive_all`]), but derive and seal nothing new.
    #[must_use]
    pub fn with_previous(mut self, older: &Self) -> Self {
        self.previous.push(older.current.clone());
        self.previous.extend(older.previous.iter().cloned());
        self
    }

    /// Derives a secret, always the same for the same purpose and data: HMAC-SHA256 over the purpose, a
    /// zero byte and the data (NIST SP 800-108). Secrets for different purposes are independent. A
    /// purpose is a constant text without a zero byte.
    pub fn derive(&self, purpose: &str, data: &[u8]) -> [u8; BYTES] {
        derive(&self.current, purpose, data)
    }

    /// Returns the results of [`Self::derive`] with this key, then with each previous one.
    pub fn derive_all(&self, purpose: &str, data: &[u8]) -> impl Iterator<Item = Zeroizing<[u8; BYTES]>> {
        let keys = iter::once(&self.current).chain(&self.previous);
        keys.map(move |key| Zeroizing::new(derive(key, purpose, data)))
    }
}

fn derive(key: &Block, purpose: &str, data: &[u8]) -> [u8; BYTES] {
    let mac = Hmac::<Sha256>::new((&**key).into());
    mac.chain_update(purpose).chain_update([0]).chain_update(data).finalize().into_bytes().into()
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_is_the_documented_hmac() {
        // Computed independently, by Python's `hmac`.
        let expected = [
            0xc1, 0xc8, 0x53, 0xd7, 0x2c, 0x38, 0x32, 0x68, 0x70, 0x10, 0xd8, 0x46, 0x21, 0x6a, 0x3b, 0x4a,
            0xff, 0xf5, 0x74, 0x71, 0xcf, 0x3d, 0xa1, 0xf9, 0xb4, 0x59, 0xe4, 0xab, 0x9d, 0x21, 0x6d, 0x62,
        ];
        assert_eq!(ServerKey::new(&[7; 32]).derive("purpose", b"data"), expected);
    }

    #[test]
    fn key_purpose_and_data_all_count() {
        let key = ServerKey::new(&[7; 32]);
        let all = [
            key.derive("a", b"bc"),
            key.derive("ab", b"c"),
            key.derive("a", b"bd"),
            key.derive("", b"abc"),
            ServerKey::new(&[8; 32]).derive("a", b"bc"),
        ];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(key.derive("a", b"bc"), key.clone().derive("a", b"bc"));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", ServerKey::new(&[7; 32])), "ServerKey(***)");
    }
}
