//! Encryption of text under the service's key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use zeroize::Zeroizing;

use crate::{IdSource, ServerKey};

const NONCE_BYTES: usize = 12;

impl ServerKey {
    /// Encrypts `text` for this purpose and data: ChaCha20-Poly1305 (RFC 8439) under the secret of
    /// [`Self::derive`], with a nonce from `ids`. Returns base64url; `None` for a text of 256 GiB and
    /// more.
    pub fn seal(&self, purpose: &str, data: &[u8], text: &str, ids: &dyn IdSource) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        ids.fill(&mut nonce);
        let key = Zeroizing::new(self.derive(purpose, data));
        let cipher = ChaCha20Poly1305::new((&*key).into());
        let encrypted = cipher.encrypt(&Nonce::from(nonce), text.as_bytes()).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &encrypted].concat()))
    }

    /// Decrypts a text that this key, or a previous one, sealed for this purpose and data; `None` for
    /// everything else.
    pub fn open(&self, purpose: &str, data: &[u8], sealed: &str) -> Option<Zeroizing<String>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, encrypted) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let text = self.derive_all(purpose, data).find_map(|key| {
            let cipher = ChaCha20Poly1305::new((&*key).into());
            cipher.decrypt(&Nonce::from(*nonce), encrypted).ok()
        });
        String::from_utf8(text?).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Timestamp;

    struct Counting;

    impl IdSource for Counting {
        fn uuid_v7(&self, _: Timestamp) -> Uuid {
            Uuid::nil()
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
        }
    }

    fn key(byte: u8) -> ServerKey {
        ServerKey::new(&[byte; 32])
    }

    #[test]
    fn what_is_sealed_opens_for_the_same_key_purpose_and_data_alone() {
        let sealed = key(7).seal("a", b"b", "Zo\u{eb}", &Counting).unwrap();
        assert!(!sealed.contains("Zo"));
        assert_eq!(key(7).open("a", b"b", &sealed).unwrap().as_str(), "Zo\u{eb}");
        assert_eq!(key(8).open("a", b"b", &sealed), None);
        assert_eq!(key(7).open("b", b"b", &sealed), None);
        assert_eq!(key(7).open("a", b"c", &sealed), None);
    }

    #[test]
    fn a_key_opens_what_those_before_it_sealed() {
        let sealed = |byte| key(byte).seal("a", b"b", "text", &Counting).unwrap();
        let rotated = key(9).with_previous(&key(8).with_previous(&key(7)));
        for byte in [7, 8, 9] {
            assert_eq!(rotated.open("a", b"b", &sealed(byte)).unwrap().as_str(), "text");
        }
        assert_eq!(rotated.open("a", b"b", &sealed(6)), None);
        assert_eq!(rotated.seal("a", b"b", "text", &Counting), Some(sealed(9)), "the newest seals");
        assert_eq!(rotated.derive("a", b"b"), key(9).derive("a", b"b"));
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let sealed = key(7).seal("a", b"b", "text", &Counting).unwrap();
        for end in 0..sealed.len() {
            assert_eq!(key(7).open("a", b"b", &sealed[..end]), None, "the first {end}");
        }
        for (at, letter) in sealed.char_indices() {
            let other = if letter == 'x' { "y" } else { "x" };
            let changed = [&sealed[..at], other, &sealed[at + 1..]].concat();
            assert_eq!(key(7).open("a", b"b", &changed), None, "{changed}");
        }
    }
}
