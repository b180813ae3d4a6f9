//! A password hasher with one flaw at a time. The sound one is fast and has salts.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bailiwick_testkit::Outcome;
use bailiwick_testkit::adapters::password_hasher::{Fixture, run_all};
use bailiwick_users::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use sha2::{Digest, Sha256};
use tokio::task::{spawn_blocking, yield_now};

use crate::failures;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    NoSalt,
    KeepsThePassword,
    OddFormat,
    BlocksTheThread,
    ForgetsItsHashes,
    FoldsCase,
    TrimsSpaces,
    ReadsSeventyTwoBytes,
    StopsAtZero,
    HashesAsTyped,
    MatchesWithoutHash,
    MatchesAnyHash,
    TakesTheHashForThePassword,
    NeverOutdated,
    RefusesOutdated,
    MatchesAnyOutdated,
    PanicsOnCorrupt,
    MatchesCorrupt,
    ComparesBeginnings,
    MixesCallers,
    StaysLocked,
}

use Flaw::*;

/// Each flaw with the case that refuses it, because the case is of the promise that the flaw breaks.
const FLAWS: [(Flaw, &str); 21] = [
    (NoSalt, "hashing::a_hash_has_a_salt_of_its_own"),
    (KeepsThePassword, "hashing::a_hash_does_not_contain_the_password"),
    (OddFormat, "hashing::a_hash_is_a_phc_string"),
    (BlocksTheThread, "hashing::a_hash_is_computed_outside_the_thread_of_the_caller"),
    (ForgetsItsHashes, "stored_hashes::a_hash_that_was_stored_matches"),
    (FoldsCase, "verifying::every_other_password_does_not_match"),
    (TrimsSpaces, "verifying::every_other_password_does_not_match"),
    (ReadsSeventyTwoBytes, "verifying::the_whole_password_counts"),
    (StopsAtZero, "verifying::the_whole_password_counts"),
    (HashesAsTyped, "verifying::both_spellings_of_a_character_are_one_password"),
    (MatchesWithoutHash, "verifying::without_a_hash_nothing_matches"),
    (MatchesAnyHash, "verifying::the_hash_of_another_password_does_not_match"),
    (TakesTheHashForThePassword, "verifying::every_other_password_does_not_match"),
    (NeverOutdated, "stored_hashes::an_outdated_hash_matches_and_is_told_to_be_outdated"),
    (RefusesOutdated, "stored_hashes::an_outdated_hash_matches_and_is_told_to_be_outdated"),
    (MatchesAnyOutdated, "stored_hashes::an_outdated_hash_does_not_match_another_password"),
    (PanicsOnCorrupt, "stored_hashes::a_corrupt_hash_matches_nothing"),
    (MatchesCorrupt, "stored_hashes::a_corrupt_hash_matches_nothing"),
    (ComparesBeginnings, "stored_hashes::an_altered_hash_matches_nothing"),
    (MixesCallers, "simultaneous::of_many_passwords_at_once_each_gets_its_own_answer"),
    (StaysLocked, "simultaneous::a_caller_that_goes_away_disturbs_no_other"),
];

#[derive(Default)]
struct TestHasher {
    flaw: Option<Flaw>,
    salts: AtomicUsize,
    newest: Mutex<String>,
    busy: Arc<AtomicUsize>,
}

impl TestHasher {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn text(&self, password: &Password) -> String {
        let text = password.reveal();
        match self.flaw {
            Some(FoldsCase) => text.to_lowercase(),
            Some(TrimsSpaces) => text.trim().to_owned(),
            Some(ReadsSeventyTwoBytes) => text.chars().take(72).collect(),
            Some(StopsAtZero) => text.split('\0').next().unwrap().to_owned(),
            Some(HashesAsTyped) => password.as_typed().unwrap_or(text).to_owned(),
            _ => text.to_owned(),
        }
    }

    async fn leave_the_thread(&self) {
        if !self.has(BlocksTheThread) {
            spawn_blocking(|| ()).await.unwrap();
        }
    }

    fn is_of(&self, text: &str, scheme: &str, salt: &str, output: &str) -> bool {
        let expected = output_of(text, scheme, salt);
        match self.flaw {
            Some(ComparesBeginnings) => {
                !output.is_empty() && (expected.starts_with(output) || output.starts_with(&expected[..4]))
            }
            Some(MatchesAnyHash) => scheme == "test",
            Some(MatchesAnyOutdated) if scheme == "old" => true,
            _ => expected == output,
        }
    }
}

fn output_of(text: &str, scheme: &str, salt: &str) -> String {
    let digest = Sha256::digest(format!("{scheme}:{salt}:{text}"));
    format!("{:032x}", u128::from_be_bytes(digest[..16].try_into().unwrap()))
}

/// Counts one more until it is dropped, unless it stays.
struct Turn(Arc<AtomicUsize>, bool);

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.1 {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl PasswordHasher for TestHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let mut text = self.text(password);
        if self.has(StaysLocked) {
            // A place in the queue of ten, which only a finished call leaves.
            if self.busy.fetch_add(1, Ordering::SeqCst) >= 10 {
                return Err(HashError::Overloaded);
            }
            let mut turn = Turn(self.busy.clone(), true);
            self.leave_the_thread().await;
            turn.1 = false;
        }
        if self.has(MixesCallers) {
            self.newest.lock().unwrap().clone_from(&text);
            yield_now().await;
            text.clone_from(&self.newest.lock().unwrap());
        }
        self.leave_the_thread().await;
        let number = self.salts.fetch_add(1, Ordering::SeqCst);
        let salt = if self.has(NoSalt) { "salt".to_owned() } else { format!("{number:08}") };
        let output = output_of(&text, "test", &salt);
        Ok(PasswordHash::from_stored(match self.flaw {
            Some(KeepsThePassword) => format!("$test${salt}${output}{}", text.replace('\0', "")),
            Some(OddFormat) => format!("test:{salt}:{output}"),
            _ => format!("$test${salt}${output}"),
        }))
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        self.leave_the_thread().await;
        let Some(stored) = stored else {
            let matches = self.has(MatchesWithoutHash);
            return Ok(if matches { Verdict::Match } else { Verdict::NoMatch });
        };
        let text = self.text(password);
        if self.has(TakesTheHashForThePassword) && text == stored.as_str() {
            return Ok(Verdict::Match);
        }
        let parts: Vec<_> = stored.as_str().split(['$', ':']).filter(|part| !part.is_empty()).collect();
        let [scheme, salt, output] = parts[..] else {
            assert!(!self.has(PanicsOnCorrupt), "a hash has three parts");
            return Ok(if self.has(MatchesCorrupt) { Verdict::Match } else { Verdict::NoMatch });
        };
        let output = if self.has(KeepsThePassword) { output.get(..32).unwrap_or(output) } else { output };
        let is_forgotten = self.has(ForgetsItsHashes);
        let matches = self.is_of(&text, scheme, salt, output) && !is_forgotten;
        Ok(match (matches, scheme) {
            (true, "test") => Verdict::Match,
            (true, "old") if self.has(NeverOutdated) => Verdict::Match,
            (true, "old") if !self.has(RefusesOutdated) => Verdict::MatchOutdated,
            _ => Verdict::NoMatch,
        })
    }
}

struct Hasher(Arc<TestHasher>);

impl Fixture for Hasher {
    fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }

    fn outdated(&self) -> Vec<(Password, PasswordHash)> {
        let password = Password::claimed("correct horse").unwrap();
        let output = output_of(password.reveal(), "old", "salt");
        vec![(password, PasswordHash::from_stored(format!("$old$salt${output}")))]
    }
}

fn outcomes(flaw: Option<Flaw>) -> Vec<Outcome> {
    run_all(async || Hasher(Arc::new(TestHasher { flaw, ..TestHasher::default() })))
}

#[test]
fn a_sound_hasher_is_accepted() {
    assert_eq!(failures(outcomes(None)), []);
}

#[test]
fn each_flaw_is_refused_by_the_case_of_its_promise() {
    crate::assert_each_is_refused(&FLAWS, outcomes);
}
