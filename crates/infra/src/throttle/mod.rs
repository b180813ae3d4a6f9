//! Counters of what may not be done too often: in the process, or in Redis, where
//! several nodes share them. The rule is the application's ([`bailiwick_app::Limit`]).

mod local;
#[cfg(feature = "redis")]
mod redis;

pub use local::LocalThrottle;
#[cfg(feature = "redis")]
pub use redis::RedisThrottle;
