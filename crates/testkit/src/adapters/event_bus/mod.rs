//! The conformance suite of an [`EventBus`].
//!
//! ```
//! use bailiwick_testkit::{InProcess, OpenBus, event_bus_conformance};
//!
//! event_bus_conformance!(in_one_process, async { InProcess::new(OpenBus::default()) });
//! # fn main() {}
//! ```

mod delivery;
mod nodes;
mod outage;
mod payloads;
mod races;
mod subscribers;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_app::EventBus;

use super::InProcess;
use crate::runner::Deviation;

/// A bus without events, and what it needs while it works.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// Returns the bus of a node, the same at every call.
    fn bus(&self) -> Arc<dyn EventBus>;

    /// Returns the bus of another node of the same installation; `None` if events stay in the process.
    fn other_node(&self) -> Option<Arc<dyn EventBus>> {
        None
    }

    /// Returns the bus of another installation, which uses the same transport; `None` if there is none.
    fn other_installation(&self) -> Option<Arc<dyn EventBus>> {
        None
    }

    /// Returns a new bus whose transport cannot be reached; `None` if it needs none.
    async fn without_transport(&self) -> Option<Arc<dyn EventBus>> {
        None
    }

    /// Time after which an event counts as lost, and a publication as blocked.
    fn deadline(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Number of rounds of a race.
    fn rounds(&self) -> u32 {
        20
    }

    /// The cases that the bus is not meant to pass.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

impl<T: EventBus + 'static> Fixture for InProcess<T> {
    fn bus(&self) -> Arc<dyn EventBus> {
        self.0.clone()
    }
}

/// What a case gets.
type World = Arc<dyn Fixture>;

/// Passes the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_event_bus_case {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            delivery:
                an_event_reaches_each_subscriber_once
                events_arrive_in_the_order_of_their_publication
                an_event_published_before_the_subscription_is_missed
                an_event_without_a_subscriber_is_published
                a_subscriber_that_goes_away_disturbs_no_other
                events_of_several_organizations_do_not_mix
            ;
            payloads:
                every_field_arrives_as_it_was_published
                texts_of_all_scripts_arrive_unchanged
                numbers_arrive_unchanged
                a_large_payload_arrives_unchanged
                a_nested_payload_arrives_unchanged
            ;
            subscribers:
                a_subscriber_may_lag_behind_a_little
                a_subscriber_that_does_not_read_blocks_no_publisher
                a_subscriber_that_lags_too_far_behind_is_told_how_many_it_missed
            ;
            races:
                of_events_published_at_once_each_arrives_once
                each_publisher_is_heard_in_its_order
            ;
            nodes:
                an_event_reaches_the_subscribers_of_another_node_once
                events_of_a_node_arrive_in_order_at_another
                of_events_published_at_once_by_two_nodes_each_arrives_once
                another_installation_is_not_told
            ;
            outage:
                without_its_transport_it_refuses_to_publish
                a_refused_event_reaches_no_subscriber
            ;
        }
    };
}

/// Defines the tests of a bus in a module: `event_bus_conformance!(module, future of a fixture)`.
/// See [`mod@crate::adapters::event_bus`].
#[macro_export]
macro_rules! event_bus_conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_event_bus_case! { [$crate::tests_of_a_suite] $crate::adapters::event_bus::run, $fixture }
        }
    };
}

entry_points!(every_event_bus_case);
