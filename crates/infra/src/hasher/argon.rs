//! One thread's Argon2id: its memory, and what it makes of stored hashes.

use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use bailiwick_kernel::IdSource;
use bailiwick_users::{Password, PasswordHash, Verdict};
use subtle::ConstantTimeEq;

/// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// Imported hashes beyond these limits are taken for corrupt: one of them could
/// otherwise occupy a thread, or the machine's memory.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 16;
/// Shorter outputs are too easy to meet by chance (RFC 9106, section 4).
const MIN_OUTPUT_BYTES: usize = 16;

/// Argon2id with a memory that is kept from one hash to the next.
pub(super) struct Bench {
    ids: Arc<dyn IdSource>,
    /// Empty until the first hash.
    memory: Vec<Block>,
}

/// What a stored PHC string says, within the limits.
struct Stored {
    argon: Argon2<'static>,
    current: bool,
    salt: phc::Salt,
    output: phc::Output,
}

impl Bench {
    pub(super) fn new(ids: Arc<dyn IdSource>) -> Self {
        Self { ids, memory: Vec::new() }
    }

    /// `None` only if Argon2 refuses its own parameters.
    pub(super) fn hash(&mut self, password: &Password) -> Option<PasswordHash> {
        let argon = current()?;
        let mut salt = [0; SALT_BYTES];
        self.ids.fill(&mut salt);
        let mut output = [0; OUTPUT_BYTES];
        self.compute(&argon, password, &salt, &mut output)?;
        let text = phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: argon.params().try_into().ok()?,
            salt: Some(phc::Salt::new(&salt).ok()?),
            hash: Some(phc::Output::new(&output).ok()?),
        };
        Some(PasswordHash::from_stored(text.to_string()))
    }

    /// Costs one hash, whatever is stored.
    pub(super) fn verify(&mut self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        let known = stored.and_then(|hash| {
            let known = Stored::read(hash.as_str());
            if known.is_none() {
                tracing::warn!("a stored password hash cannot be read; its account cannot log in");
            }
            known
        });
        match known {
            Some(known) => self.compare(password, &known),
            None => self.refuse(password),
        }
    }

    fn compare(&mut self, password: &Password, stored: &Stored) -> Verdict {
        let mut room = [0; phc::Output::MAX_LENGTH];
        let Some(output) = room.get_mut(..stored.output.len()) else {
            return Verdict::NoMatch;
        };
        if self.compute(&stored.argon, password, stored.salt.as_ref(), output).is_none() {
            tracing::error!("a stored password hash cannot be computed; is memory short?");
            return Verdict::NoMatch;
        }
        match (bool::from(output.ct_eq(stored.output.as_bytes())), stored.current) {
            (true, true) => Verdict::Match,
            (true, false) => Verdict::MatchOutdated,
            (false, _) => Verdict::NoMatch,
        }
    }

    /// Takes as long as a comparison that fails, since it is one: with an output
    /// that no password has.
    fn refuse(&mut self, password: &Password) -> Verdict {
        let mut salt = [0; SALT_BYTES];
        self.ids.fill(&mut salt);
        let mut output = [0; OUTPUT_BYTES];
        let computed = current().and_then(|argon| self.compute(&argon, password, &salt, &mut output));
        let equal = output.ct_eq(&[0; OUTPUT_BYTES]);
        std::hint::black_box((computed, equal));
        Verdict::NoMatch
    }

    fn compute(
        &mut self,
        argon: &Argon2<'_>,
        password: &Password,
        salt: &[u8],
        output: &mut [u8],
    ) -> Option<()> {
        let password = password.reveal().as_bytes();
        if argon.params().m_cost() > MEMORY_KIB {
            // An import from a more generous system: memory for this time only.
            return argon.hash_password_into(password, salt, output).ok();
        }
        let blocks = current()?.params().block_count();
        self.memory.resize(blocks, Block::new());
        argon.hash_password_into_with_memory(password, salt, output, &mut self.memory).ok()
    }
}

impl Stored {
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

fn current() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES)).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemIds;

    fn bench() -> Bench {
        Bench::new(Arc::new(SystemIds::new()))
    }

    /// A clock would waver with the load of the machine; memory does not.
    fn filled(bench: &Bench) -> usize {
        bench.memory.iter().filter(|block| block.as_ref().iter().any(|word| *word != 0)).count()
    }

    #[test]
    fn nobody_and_a_corrupt_hash_cost_what_a_wrong_password_costs() {
        let [right, wrong] = ["right horse", "wrong horse"].map(|text| Password::parse(text).unwrap());
        let stored = bench().hash(&right).unwrap();
        let corrupt = PasswordHash::from_stored("corrupt".to_owned());
        let monster = PasswordHash::from_stored(stored.as_str().replace("m=19456", "m=999999999"));
        for hash in [Some(&stored), None, Some(&corrupt), Some(&monster)] {
            let mut bench = bench();
            assert_eq!(bench.verify(&wrong, hash), Verdict::NoMatch);
            assert_eq!(filled(&bench), 19 * 1024);
        }
    }

    #[test]
    fn the_memory_is_kept_and_a_large_import_takes_its_own() {
        let mut bench = bench();
        let password = Password::parse("right horse").unwrap();
        let stored = bench.hash(&password).unwrap();
        let place = bench.memory.as_ptr();
        assert_eq!(bench.verify(&password, Some(&stored)), Verdict::Match);
        let large = stored.as_str().replace("m=19456", "m=65536");
        assert_eq!(bench.verify(&password, Some(&PasswordHash::from_stored(large))), Verdict::NoMatch);
        assert_eq!((bench.memory.as_ptr(), bench.memory.len()), (place, 19 * 1024));
    }
}
