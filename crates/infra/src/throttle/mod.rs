//! Counters of rate limits: in the process, or in Redis, where several nodes share them. The
//! algorithm is that of the application ([`bailiwick_app::Limit`]).

mod local;
#[cfg(feature = "redis")]
mod redis;

pub use local::LocalThrottle;
#[cfg(feature = "redis")]
pub use redis::RedisThrottle;
