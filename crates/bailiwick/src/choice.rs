//! What there is to choose from.

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_app::{AccessTokens, EventBus, Mailer, Store, Throttle};
use bailiwick_infra::JwtKeys;
use bailiwick_store::Database;

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
