//! The conformance suite of a [`PasswordHasher`].
//!
//! No case measures time, because a busy machine would decide it. That a refusal takes the same time
//! whether or not there is a hash is for the tests of the adapter, which can count its work.

mod hashing;
mod simultaneous;
mod stored_hashes;
mod tools;
mod verifying;

use std::sync::Arc;

use bailiwick_users::{Password, PasswordHash, PasswordHasher};

use super::InProcess;
use crate::QuickHasher;
use crate::runner::Deviation;

/// A password hasher, and hashes that it must know.
pub trait Fixture: Send + Sync + 'static {
    /// Returns the hasher, the same at every call.
    fn hasher(&self) -> Arc<dyn PasswordHasher>;

    /// Returns passwords with hashes under outdated parameters, or of other systems.
    fn outdated(&self) -> Vec<(Password, PasswordHash)> {
        Vec::new()
    }

    /// Returns texts that are no hashes, in addition to those of the suite, such as hashes whose parameters
    /// would take too much memory.
    fn corrupt(&self) -> Vec<String> {
        Vec::new()
    }

    /// The cases that the hasher is not meant to pass.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

impl<T: PasswordHasher + 'static> Fixture for InProcess<T> {
    fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }
}

/// What a case gets.
type World = Arc<dyn Fixture>;

/// Passes the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_password_hasher_case {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            hashing:
                a_hash_has_a_salt_of_its_own
                a_hash_does_not_contain_the_password
                a_hash_is_a_phc_string
                a_hash_is_computed_outside_the_thread_of_the_caller
            ;
            verifying:
                the_password_that_was_hashed_matches
                every_other_password_does_not_match
                the_whole_password_counts
                both_spellings_of_a_character_are_one_password
                without_a_hash_nothing_matches
                the_hash_of_another_password_does_not_match
            ;
            stored_hashes:
                a_hash_that_was_stored_matches
                an_outdated_hash_matches_and_is_told_to_be_outdated
                an_outdated_hash_does_not_match_another_password
                a_corrupt_hash_matches_nothing
                an_altered_hash_matches_nothing
            ;
            simultaneous:
                of_many_passwords_at_once_each_gets_its_own_answer
                a_caller_that_goes_away_disturbs_no_other
            ;
        }
    };
}

/// Defines the tests of a hasher in a module: `password_hasher_conformance!(module, future of a fixture)`.
/// See [`mod@crate::adapters::password_hasher`].
#[macro_export]
macro_rules! password_hasher_conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_password_hasher_case! {
                [$crate::tests_of_a_suite] $crate::adapters::password_hasher::run, $fixture
            }
        }
    };
}

entry_points!(every_password_hasher_case);

/// [`QuickHasher`] protects nothing: it has no salt, and needs no thread.
#[derive(Clone, Copy, Default, Debug)]
pub struct QuickFixture;

impl Fixture for QuickFixture {
    fn hasher(&self) -> Arc<dyn PasswordHasher> {
        Arc::new(QuickHasher)
    }

    fn outdated(&self) -> Vec<(Password, PasswordHash)> {
        let password = tools::password("correct horse");
        let hash = QuickHasher::outdated(&password);
        vec![(password, hash)]
    }

    fn deviations(&self) -> &'static [Deviation] {
        &[
            Deviation {
                case: "hashing::a_hash_has_a_salt_of_its_own",
                reason: "tests compare the hash with the one that they expect",
            },
            Deviation {
                case: "hashing::a_hash_is_computed_outside_the_thread_of_the_caller",
                reason: "takes no time that could block a thread",
            },
        ]
    }
}
