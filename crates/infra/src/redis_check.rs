//! Checks that Redis responds.

use std::time::Duration;

use bailiwick_kernel::PrivateRoots;
use redis::{RedisError, cmd};
use tokio::time::timeout;

use crate::redis_connect::Connector;

/// Limit of the whole check: name lookup, TCP, TLS, login, and response.
const LIMIT: Duration = Duration::from_secs(4);

/// Connects to `redis://..` or, over TLS, `rediss://..` as the service does, trusting `roots` in
/// addition to the public ones, and waits for the response to a PING. The error says what failed.
pub async fn check_redis(url: &str, roots: &PrivateRoots) -> Result<(), String> {
    let dialer = Connector::new(url, roots).map_err(|error| error.to_string())?;
    match timeout(LIMIT, ping(&dialer)).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer in time".to_owned()),
    }
}

async fn ping(dialer: &Connector) -> Result<(), RedisError> {
    let mut connection = dialer.connect().await?;
    cmd("PING").query_async(&mut *connection).await
}
