//! The tools for tests: a store in memory, fakes of the other ports, and the conformance suites
//! that every store and every other adapter must pass.
//!
//! **When to use it alone.** In the tests of a store or adapter of your own, and, with the
//! feature `app`, to start the whole service in a test.
//!
//! This crate may depend on `app` and everything below it, but not on actix, diesel or an adapter,
//! so that the tests of an adapter can depend on it. Start with [`mod@conformance`] (what a store
//! must do, as test cases), then [`memory`] (the smallest store that does it, and the flaws it can
//! be given), then [`adapters`] (what adapters of the other ports must do), then [`fakes`].
//!
//! ```
//! use bailiwick_app::Store;
//! use bailiwick_kernel::{Email, Lock};
//! use bailiwick_testkit::MemoryStore;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let store = MemoryStore::new();
//! let mut tx = store.begin().await.unwrap();
//! let ada = Email::parse("ada@example.com").unwrap();
//! assert_eq!(tx.users().find_by_email(&ada, Lock::None).await, Ok(None));
//! tx.rollback().await.unwrap();
//! # });
//! ```

pub mod adapters;
#[cfg(feature = "app")]
pub mod app;
mod at_once;
pub mod conformance;
pub mod delegate;
pub mod fakes;
pub mod memory;
pub mod mutants;
mod runner;

pub use adapters::InProcess;
pub use delegate::{Delegate, Delegating};
pub use fakes::{
    CapturedMail, CountingHasher, FreeThrottle, ManualClock, ManualStopwatch, OpenBus, QuickHasher,
    RunningStopwatch, SeededIds, mail_claim,
};
pub use memory::{Flaw, MemoryStore};
pub use runner::{Deviation, Outcome};
