//! What tests stand on: a store in memory, fakes of the other ports, and the
//! suite that every store must pass.
//!
//! May depend on `app` and everything below it; never sees actix, diesel or an
//! adapter, so an adapter's tests can depend on it. Start reading at
//! [`mod@conformance`] (what a store promises, as tests), then [`memory`] (the
//! smallest store that keeps the promises, and how it is broken on purpose),
//! then [`fakes`].
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

#[cfg(feature = "app")]
pub mod app;
pub mod conformance;
pub mod delegate;
pub mod fakes;
pub mod memory;

pub use delegate::{Delegate, Delegating};
pub use fakes::{
    CapturedMail, CountingHasher, FreeThrottle, ManualClock, ManualStopwatch, OpenBus, QuickHasher,
    RunningStopwatch, SeededIds, mail_claim,
};
pub use memory::{Flaw, MemoryStore};
