//! Fakes of every port except the store.

mod bus;
mod clock;
mod hasher;
mod ids;
mod mail;
mod throttle;

pub use bus::OpenBus;
pub use clock::{ManualClock, ManualStopwatch, RunningStopwatch};
pub use hasher::{CountingHasher, QuickHasher};
pub use ids::SeededIds;
pub use mail::{CapturedMail, mail_claim};
pub use throttle::FreeThrottle;
