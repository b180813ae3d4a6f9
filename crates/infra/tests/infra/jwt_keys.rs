//! Signing keys: their strength, their names, and Ed25519.

use bailiwick_app::{AccessTokens, TokenFault};
use bailiwick_infra::{JwtKeys, KeyError};
use bailiwick_kernel::IdSource;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::fakes::{CountingIds, claims, now, tokens};

const NEW: &[u8] = b"the new secret, of thirty-two bytes or more";
const OLD: &[u8] = b"the old secret, of thirty-two bytes or more";

/// The private key of RFC 8410, section 10.3.
const RFC_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

/// The PKCS #8 header of an Ed25519 key (RFC 8410, section 7).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

#[test]
fn a_secret_has_thirty_two_bytes() {
    assert_eq!(JwtKeys::hs256(&[7; 31]).err(), Some(KeyError::TooShort(31)));
    JwtKeys::hs256(&[7; 32]).unwrap();
}

/// The key of RFC 8037, appendix A, and its thumbprint there.
#[test]
fn a_key_pair_is_named_by_its_thumbprint() {
    let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let tokens = tokens(JwtKeys::ed25519_seed(&seed.try_into().unwrap()).unwrap());
    let [key] = tokens.public_keys().try_into().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(key.ed25519), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(key.id, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let header = jsonwebtoken::decode_header(tokens.sign(&claims())).unwrap();
    assert_eq!(header.kid, Some(key.id));
}

#[test]
fn public_keys_are_all_that_are_read_with_each_once() {
    let pair = |byte| JwtKeys::ed25519_seed(&[byte; 32]).unwrap();
    let keys = pair(2).with_previous(&pair(1)).unwrap().with_previous(&pair(2)).unwrap();
    let own = |byte| tokens(pair(byte)).public_keys().remove(0);
    assert_eq!(tokens(keys).public_keys(), [own(2), own(1)]);
    assert_eq!(tokens(JwtKeys::hs256(NEW).unwrap()).public_keys(), []);
}

#[test]
fn ed25519_signs_and_reads() {
    let ids = CountingIds::default();
    let pem = JwtKeys::generate_ed25519(&ids);
    let signer = tokens(JwtKeys::ed25519_pem(&pem).unwrap());
    let text = signer.sign(&claims());
    assert_eq!(signer.verify(&text, now()).unwrap().user, claims().user);

    let stranger = tokens(JwtKeys::ed25519_pem(&JwtKeys::generate_ed25519(&ids)).unwrap());
    assert_eq!(stranger.verify(&text, now()), Err(TokenFault::BadSignature));
    for wrong in [format!("{text}AA"), text.replace('.', ".A"), format!("{}.", &text[..text.len() - 87])] {
        assert!(signer.verify(&wrong, now()).is_err(), "{wrong}");
    }
}

#[test]
fn the_forms_of_an_ed25519_key_are_one() {
    let mut seed = [0; 32];
    CountingIds::default().fill(&mut seed);
    let pem = JwtKeys::generate_ed25519(&CountingIds::default());
    let text = tokens(JwtKeys::ed25519_pem(&pem).unwrap()).sign(&claims());
    tokens(JwtKeys::ed25519_seed(&seed).unwrap()).verify(&text, now()).unwrap();
    JwtKeys::ed25519_pem(RFC_PEM).unwrap();
}

#[test]
fn what_is_no_ed25519_key_is_refused() {
    let rsa_head = RFC_PEM.replace("MC4C", "MC4D");
    for pem in ["", "secret", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", &rsa_head] {
        assert_eq!(JwtKeys::ed25519_pem(pem).err(), Some(KeyError::Malformed), "{pem:?}");
    }
    assert_eq!(JwtKeys::ed25519_der(&[0; 48]).err(), Some(KeyError::Malformed));
}

#[test]
fn one_algorithm_never_reads_the_other() {
    let ed = || JwtKeys::ed25519_pem(RFC_PEM).unwrap();
    let hs = || JwtKeys::hs256(NEW).unwrap();
    assert_eq!(tokens(hs()).verify(&tokens(ed()).sign(&claims()), now()), Err(TokenFault::WrongAlgorithm));
    assert_eq!(tokens(ed()).verify(&tokens(hs()).sign(&claims()), now()), Err(TokenFault::WrongAlgorithm));
    assert_eq!(hs().with_previous(&ed()).err(), Some(KeyError::OtherAlgorithm));
}

#[test]
fn the_server_key_comes_from_the_key_that_signs_alone() {
    let derived = |keys: &JwtKeys| keys.server_key().derive("test", b"data");
    let hs = || JwtKeys::hs256(NEW).unwrap();
    let rotated = hs().with_previous(&JwtKeys::hs256(OLD).unwrap()).unwrap();
    assert_eq!(derived(&hs()), derived(&rotated));
    let sealed =
        JwtKeys::hs256(OLD).unwrap().server_key().seal("test", b"data", "text", &CountingIds::default());
    let opened = |keys: &JwtKeys| keys.server_key().open("test", b"data", sealed.as_deref().unwrap());
    assert_eq!(opened(&rotated).unwrap().as_str(), "text");
    assert_eq!(opened(&hs()), None);

    let seed = [7; 32];
    let version_1 = [PKCS8_HEAD.as_slice(), &seed].concat();
    let ed = JwtKeys::ed25519_seed(&seed).unwrap();
    assert_eq!(derived(&ed), derived(&JwtKeys::ed25519_der(&version_1).unwrap()));
    let different = [hs(), JwtKeys::hs256(OLD).unwrap(), ed, JwtKeys::ed25519_seed(&[8; 32]).unwrap()];
    let different: std::collections::HashSet<_> = different.iter().map(derived).collect();
    assert_eq!(different.len(), 4);
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", tokens(JwtKeys::hs256(NEW).unwrap()));
    assert!(shown.contains("JwtKeys(HS256, 1 in use, ***)"), "{shown}");
    assert!(!shown.contains("secret"));
}
