//! The conformance suite of [`AccessTokens`]. It signs tokens of its own by the fixture, so that each is
//! wrong in one respect.

mod algorithms;
mod claims;
mod keys;
mod parties;
mod shapes;
mod times;
mod tools;

use std::sync::Arc;

use bailiwick_app::AccessTokens;

use crate::runner::Deviation;

/// The settings of a service whose tokens a case needs. Keys are numbers, of which a [`Fixture`] makes keys:
/// each number another key, and one number the same key each time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Service {
    /// The key that signs.
    pub key: u8,
    /// The keys that signed before it, and verify still.
    pub previous: Vec<u8>,
    /// The issuer (`iss`), in ASCII.
    pub issuer: Option<String>,
    /// The audience (`aud`), in ASCII.
    pub audience: Option<String>,
}

/// An implementation of access tokens.
pub trait Fixture: Send + Sync + 'static {
    /// Returns the access tokens of a service.
    fn tokens(&self, service: &Service) -> Arc<dyn AccessTokens>;

    /// Returns the name of the algorithm, as in headers (`alg`).
    fn algorithm(&self) -> &'static str;

    /// Signs a message by the key of this number.
    fn signature(&self, key: u8, message: &[u8]) -> Vec<u8>;

    /// The cases that the implementation is not meant to pass.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

/// What a case gets.
type World = Arc<dyn Fixture>;

/// Passes the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_access_token_case {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            claims:
                the_claims_come_back_in_whole_seconds
                a_token_has_the_documented_claims_and_no_others
                either_claim_names_the_user_but_both_must_agree
                a_claim_that_is_missing_or_of_a_wrong_type_is_refused
                unknown_claims_are_ignored
            ;
            times:
                a_token_expires_without_leeway
                a_token_without_expiry_is_refused
                a_clock_that_is_ahead_by_thirty_seconds_is_tolerated
            ;
            shapes:
                a_token_has_three_parts
                no_byte_can_be_changed
                nothing_can_be_added_or_left_out
                no_text_makes_it_panic
                a_claim_said_twice_is_refused
            ;
            algorithms:
                another_algorithm_is_refused_whatever_the_signature
                a_token_without_a_signature_is_refused
                a_public_key_is_no_secret
                a_key_in_the_header_is_not_trusted
                a_critical_extension_is_refused
            ;
            keys:
                a_token_of_another_key_is_refused
                a_previous_key_verifies_and_does_not_sign
                the_named_key_alone_decides
                without_a_name_each_key_decides
                the_signature_is_checked_before_the_claims
                public_keys_are_those_that_verify
            ;
            parties:
                the_issuer_must_be_the_own_one
                the_audience_must_name_the_service
                a_token_for_another_audience_is_refused_by_a_service_without_one
            ;
        }
    };
}

/// Defines the tests of access tokens in a module: `access_tokens_conformance!(module, future of a fixture)`.
/// See [`mod@crate::adapters::access_tokens`].
#[macro_export]
macro_rules! access_tokens_conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_access_token_case! {
                [$crate::tests_of_a_suite] $crate::adapters::access_tokens::run, $fixture
            }
        }
    };
}

entry_points!(every_access_token_case);
