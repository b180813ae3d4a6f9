//! Fakes of the ports that are no store.

mod clock;
mod hasher;
mod ids;
mod mail;

pub use clock::ManualClock;
pub use hasher::QuickHasher;
pub use ids::SeededIds;
pub use mail::CapturedMail;
