//! The conformance suite of a [`Throttle`].
//!
//! ```
//! # struct MyThrottle;
//! # #[async_trait::async_trait]
//! # impl bailiwick_app::Throttle for MyThrottle {
//! #     async fn take(
//! #         &self, _: bailiwick_app::Limit, _: &bailiwick_app::ThrottleKey, _: bailiwick_kernel::Timestamp,
//! #     ) -> Result<(), time::Duration> { Ok(()) }
//! #     async fn give_back(
//! #         &self, _: bailiwick_app::Limit, _: &bailiwick_app::ThrottleKey, _: bailiwick_kernel::Timestamp,
//! #     ) {}
//! # }
//! use bailiwick_testkit::{InProcess, throttle_conformance};
//!
//! throttle_conformance!(mine, async { InProcess::new(MyThrottle) });
//! # fn main() {}
//! ```

mod counting;
mod giving_back;
mod keys;
mod nodes;
mod outage;
mod races;
mod times;
mod tools;

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Throttle;

use super::InProcess;
use crate::FreeThrottle;
use crate::runner::Deviation;

/// A throttle that has counted nothing, and what it needs while it counts.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// Returns the throttle, the same at every call.
    fn throttle(&self) -> Arc<dyn Throttle>;

    /// Returns the throttle of another node, which counts together with [`Self::throttle`]; `None` if each
    /// node counts alone.
    fn other_node(&self) -> Option<Arc<dyn Throttle>> {
        None
    }

    /// Returns a new throttle whose counters cannot be reached; `None` if they are in the process.
    async fn without_counters(&self) -> Option<Arc<dyn Throttle>> {
        None
    }

    /// Number of rounds of a race.
    fn rounds(&self) -> u32 {
        20
    }

    /// The cases that the throttle is not meant to pass.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

impl<T: Throttle + 'static> Fixture for InProcess<T> {
    fn throttle(&self) -> Arc<dyn Throttle> {
        self.0.clone()
    }
}

/// What a case gets.
type World = Arc<dyn Fixture>;

/// Passes the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_throttle_case {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            counting:
                a_whole_burst_is_let_in_and_the_next_call_is_told_to_wait
                a_refusal_changes_nothing
                every_call_is_decided_by_the_rule_of_the_limit
                the_burst_of_the_call_decides
            ;
            giving_back:
                one_given_back_can_be_taken_again
                what_is_given_back_never_exceeds_the_burst
                giving_back_to_a_key_without_a_count_changes_nothing
                giving_back_leaves_other_keys_and_limits_alone
            ;
            keys:
                similar_keys_are_counted_apart
                limits_are_counted_apart
                a_thousand_keys_are_counted_apart
            ;
            times:
                one_is_replenished_in_each_interval
                the_whole_burst_is_replenished_in_the_period
                the_longest_and_the_shortest_intervals_are_kept
                a_clock_that_was_ahead_blocks_a_key_for_one_interval_at_most
            ;
            races:
                of_many_callers_at_once_as_many_are_let_in_as_are_left
                of_many_callers_with_keys_of_their_own_all_are_let_in
                no_count_is_lost_while_others_give_back
            ;
            nodes:
                what_one_node_takes_another_does_not_have
                of_many_callers_on_two_nodes_as_many_are_let_in_as_are_left
            ;
            outage:
                without_its_counters_it_counts_at_least_as_strictly
                without_its_counters_it_still_lets_some_in
                without_its_counters_no_call_is_blocked
            ;
        }
    };
}

/// Defines the tests of a throttle in a module: `throttle_conformance!(module, future of a fixture)`.
/// See [`mod@crate::adapters::throttle`].
#[macro_export]
macro_rules! throttle_conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_throttle_case! { [$crate::tests_of_a_suite] $crate::adapters::throttle::run, $fixture }
        }
    };
}

entry_points!(every_throttle_case);

/// [`FreeThrottle`] never refuses, which the cases that expect a refusal find.
#[derive(Clone, Copy, Default, Debug)]
pub struct FreeFixture;

impl Fixture for FreeFixture {
    fn throttle(&self) -> Arc<dyn Throttle> {
        Arc::new(FreeThrottle)
    }

    fn deviations(&self) -> &'static [Deviation] {
        const REASON: &str = "admits every request, for tests that are not about limits";
        const fn never_refuses(case: &'static str) -> Deviation {
            Deviation { case, reason: REASON }
        }
        const {
            &[
                never_refuses("counting::*"),
                never_refuses("giving_back::*"),
                never_refuses("keys::*"),
                never_refuses("times::*"),
                never_refuses("races::of_many_callers_at_once_as_many_are_let_in_as_are_left"),
                never_refuses("races::no_count_is_lost_while_others_give_back"),
            ]
        }
    }
}
