//! Event buses: within the process, or through Redis to every node.

mod local;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod wire;

pub use local::LocalBus;
#[cfg(feature = "redis")]
pub use redis::RedisBus;
