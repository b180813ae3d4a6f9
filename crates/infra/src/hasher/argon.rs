//! The state of one hashing thread: Argon2id with its memory, and the comparison with stored
//! hashes.

use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use bailiwick_kernel::IdSource;
use bailiwick_users::{Password, PasswordHash, Verdict};
use subtle::ConstantTimeEq;

use super::import::Import;

/// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// Limits of imported hashes. A hash beyond them is considered corrupt, because it could occupy a
/// thread or the machine's memory.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 16;
/// Smallest output in bytes. Shorter outputs are likely to collide (RFC 9106, section 4).
const MIN_OUTPUT_BYTES: usize = 16;

/// Argon2id with memory that is reused for each hash.
pub(super) struct ArgonWorker {
    ids: Arc<dyn IdSource>,
    /// Empty until the first hash.
    memory: Vec<Block>,
}

/// A stored hash within the limits.
enum Stored {
    Argon(StoredArgon),
    Import(Import),
}

/// A parsed PHC string of Argon2.
struct StoredArgon {
    argon: Argon2<'static>,
    current: bool,
    salt: phc::Salt,
    output: phc::Output,
}

impl ArgonWorker {
    pub(super) fn new(ids: Arc<dyn IdSource>) -> Self {
        Self { ids, memory: Vec::new() }
    }

    /// Hashes a password. `None` only if Argon2 refuses its own parameters.
    pub(super) fn hash(&mut self, password: &Password) -> Option<PasswordHash> {
        let argon = current()?;
        let mut salt = [0; SALT_BYTES];
        self.ids.fill(&mut salt);
        let mut output = [0; OUTPUT_BYTES];
        self.compute(&argon, password.reveal(), &salt, &mut output)?;
        let text = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: argon.params().try_into().ok()?,
            salt: Some(phc::Salt::new(&salt).ok()?),
            hash: Some(phc::Output::new(&output).ok()?),
        };
        Some(PasswordHash::from_stored(text.to_string()))
    }

    /// Compares a password with a stored hash. A mismatch takes the time of one hash at least, for
    /// each spelling of the password, so that a shorter time reveals neither the kind of the hash
    /// nor its absence.
    pub(super) fn verify(&mut self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        let known = stored.and_then(|hash| {
            let known = Stored::read(hash.as_str());
            if known.is_none() {
                tracing::warn!("a stored password hash cannot be read; its account cannot log in");
            }
            known
        });
        let matching = known.as_ref().map_or(Verdict::NoMatch, |known| self.compare(password, known));
        let paid = known.is_some_and(|known| known.costs_one_hash());
        if matching == Verdict::NoMatch && !paid {
            self.refuse(password);
        }
        matching
    }

    fn compare(&mut self, password: &Password, stored: &Stored) -> Verdict {
        let found = match stored {
            Stored::Argon(stored) if stored.current => return self.compare_current(password, stored),
            Stored::Argon(stored) => spellings(password).any(|text| self.is_of(stored, text)),
            Stored::Import(import) => spellings(password).any(|text| import.is_of(text)),
        };
        if found { Verdict::MatchOutdated } else { Verdict::NoMatch }
    }

    /// Compares with a hash of current parameters. This program hashes the normalized password;
    /// other systems with the same parameters rarely normalize.
    fn compare_current(&mut self, password: &Password, stored: &StoredArgon) -> Verdict {
        if self.is_of(stored, password.reveal()) {
            return Verdict::Match;
        }
        match password.as_typed() {
            Some(typed) if self.is_of(stored, typed) => Verdict::MatchOutdated,
            _ => Verdict::NoMatch,
        }
    }

    fn is_of(&mut self, stored: &StoredArgon, text: &str) -> bool {
        let mut room = [0; phc::Output::MAX_LENGTH];
        let Some(output) = room.get_mut(..stored.output.len()) else {
            return false;
        };
        if self.compute(&stored.argon, text, stored.salt.as_ref(), output).is_none() {
            tracing::error!("a stored password hash cannot be computed; is memory short?");
            return false;
        }
        output.ct_eq(stored.output.as_bytes()).into()
    }

    /// Takes the time of a failed comparison by making one, with an output that no password has.
    fn refuse(&mut self, password: &Password) {
        let mut salt = [0; SALT_BYTES];
        self.ids.fill(&mut salt);
        for text in spellings(password) {
            let mut output = [0; OUTPUT_BYTES];
            let computed = current().and_then(|argon| self.compute(&argon, text, &salt, &mut output));
            let equal = output.ct_eq(&[0; OUTPUT_BYTES]);
            std::hint::black_box((computed, equal));
        }
    }

    fn compute(&mut self, argon: &Argon2<'_>, text: &str, salt: &[u8], output: &mut [u8]) -> Option<()> {
        let password = text.as_bytes();
        if argon.params().m_cost() > MEMORY_KIB {
            // An imported hash with higher parameters, whose memory is not kept.
            return argon.hash_password_into(password, salt, output).ok();
        }
        let blocks = current()?.params().block_count();
        self.memory.resize(blocks, Block::new());
        argon.hash_password_into_with_memory(password, salt, output, &mut self.memory).ok()
    }
}

impl Stored {
    fn read(text: &str) -> Option<Self> {
        StoredArgon::read(text).map(Self::Argon).or_else(|| Import::read(text).map(Self::Import))
    }

    /// Returns whether a failed comparison takes the time of a current hash.
    fn costs_one_hash(&self) -> bool {
        matches!(self, Self::Argon(stored) if stored.current)
    }
}

impl StoredArgon {
    fn read(text: &str) -> Option<Self> {
        let hash = phc::PasswordHash::new(text).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        // Strings without a version are those of version 1.0 (reference implementation).
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let (salt, output) = (hash.salt?, hash.hash?);
        let sane = params.m_cost() <= MAX_MEMORY_KIB
            && params.t_cost() <= MAX_PASSES
            && params.p_cost() <= MAX_LANES
            && output.len() >= MIN_OUTPUT_BYTES;
        let current = algorithm == Algorithm::Argon2id
            && version == Version::V0x13
            && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
            && (salt.as_ref().len(), output.len()) == (SALT_BYTES, OUTPUT_BYTES);
        sane.then(|| Self { argon: Argon2::new(algorithm, version, params), current, salt, output })
    }
}

/// Returns the password as typed and normalized, without duplicates.
fn spellings(password: &Password) -> impl Iterator<Item = &str> {
    password.as_typed().into_iter().chain([password.reveal()])
}

fn current() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES)).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::SystemIds;

    fn worker() -> ArgonWorker {
        ArgonWorker::new(Arc::new(SystemIds::new()))
    }

    /// Counts the filled blocks, because a time measurement would depend on the load of the
    /// machine.
    fn filled(worker: &ArgonWorker) -> usize {
        worker.memory.iter().filter(|block| block.as_ref().iter().any(|word| *word != 0)).count()
    }

    #[test]
    fn whatever_is_stored_costs_what_a_wrong_password_costs() {
        let [right, wrong] = ["right horse", "wrong horse"].map(|text| Password::parse(text).unwrap());
        let current = worker().hash(&right).unwrap().as_str().to_owned();
        let stored = [
            "corrupt",
            &current.replace("m=19456", "m=999999999"),
            &current.replace("m=19456", "m=256"),
            &current.replace("m=19456", "m=32768"),
            "$2b$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO",
            "$2b$31$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO",
            &"0".repeat(64),
            &current,
        ];
        let stored = stored.map(|text| Some(PasswordHash::from_stored(text.to_owned())));
        for hash in stored.into_iter().chain([None]) {
            let mut worker = worker();
            assert_eq!(worker.verify(&wrong, hash.as_ref()), Verdict::NoMatch);
            assert_eq!(filled(&worker), 19 * 1024);
        }
    }

    /// Counts the salts: only the comparison for a missing hash draws one.
    #[test]
    fn nothing_is_paid_twice() {
        let ids = Arc::new(Salts::default());
        let mut worker = ArgonWorker::new(ids.clone());
        let [right, wrong] = ["right horse", "wrong horse"].map(|text| Password::parse(text).unwrap());
        let current = worker.hash(&right).unwrap();
        let weak = PasswordHash::from_stored(current.as_str().replace("m=19456", "m=256"));
        for (password, stored, salts) in [
            (&right, Some(&current), 1),
            (&wrong, Some(&current), 1),
            (&wrong, Some(&weak), 2),
            (&wrong, None, 3),
        ] {
            worker.verify(password, stored);
            assert_eq!(ids.0.load(Ordering::Relaxed), salts);
        }
    }

    #[derive(Default)]
    struct Salts(AtomicU8);

    impl IdSource for Salts {
        fn uuid_v7(&self, _: bailiwick_kernel::Timestamp) -> uuid::Uuid {
            uuid::Uuid::nil()
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn the_memory_is_kept_and_a_large_import_takes_its_own() {
        let mut worker = worker();
        let password = Password::parse("right horse").unwrap();
        let stored = worker.hash(&password).unwrap();
        let place = worker.memory.as_ptr();
        assert_eq!(worker.verify(&password, Some(&stored)), Verdict::Match);
        let large = stored.as_str().replace("m=19456", "m=65536");
        assert_eq!(worker.verify(&password, Some(&PasswordHash::from_stored(large))), Verdict::NoMatch);
        assert_eq!((worker.memory.as_ptr(), worker.memory.len()), (place, 19 * 1024));
    }
}
