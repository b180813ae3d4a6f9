//! What there is to choose from.

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_app::{AccessTokens, EventBus, Mailer, Store, Throttle};
use bailiwick_infra::{JwtKeys, LocalBus, LocalThrottle};
#[cfg(feature = "redis")]
use bailiwick_infra::{RedisBus, RedisThrottle};
use bailiwick_store::Database;

use crate::BuildError;

/// What the keys in Redis begin with.
#[cfg(feature = "redis")]
const KEYS: &str = "bailiwick:";

pub(crate) enum Data {
    Url(String),
    Open(Database),
    Store(Arc<dyn Store>),
}

pub(crate) enum Tokens {
    Keys(JwtKeys),
    Adapter(Arc<dyn AccessTokens>),
}

pub(crate) enum Mail {
    Files(PathBuf),
    Smtp(String),
    Adapter(Arc<dyn Mailer>),
}

pub(crate) enum Throttling {
    #[cfg(feature = "redis")]
    Redis(String),
    Adapter(Arc<dyn Throttle>),
}

pub(crate) enum Bus {
    #[cfg(feature = "redis")]
    Redis(String),
    Adapter(Arc<dyn EventBus>),
}

#[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "Redis is dialled here"))]
pub(crate) async fn throttle(choice: Option<Throttling>) -> Result<Arc<dyn Throttle>, BuildError> {
    match choice {
        #[cfg(feature = "redis")]
        Some(Throttling::Redis(url)) => Ok(Arc::new(RedisThrottle::connect(&url, KEYS).await?)),
        Some(Throttling::Adapter(throttle)) => Ok(throttle),
        None => Ok(Arc::new(LocalThrottle::default())),
    }
}

#[cfg_attr(not(feature = "redis"), expect(clippy::unused_async, reason = "Redis is dialled here"))]
pub(crate) async fn bus(choice: Option<Bus>) -> Result<Arc<dyn EventBus>, BuildError> {
    match choice {
        #[cfg(feature = "redis")]
        Some(Bus::Redis(url)) => Ok(Arc::new(RedisBus::connect(&url, KEYS).await?)),
        Some(Bus::Adapter(bus)) => Ok(bus),
        None => Ok(Arc::new(LocalBus::default())),
    }
}
