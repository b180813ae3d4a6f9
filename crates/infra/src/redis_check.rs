//! Whether Redis answers.

use std::time::Duration;

use bailiwick_kernel::PrivateRoots;
use redis::{RedisError, cmd};
use tokio::time::timeout;

use crate::redis_connect::Connector;

/// Limit of all of it: the lookup of the name, TCP, TLS, the login, and the answer.
const LIMIT: Duration = Duration::from_secs(4);

/// Connects to `redis://..` or, by TLS, `rediss://..` as the service does, trusting `roots`
/// besides the public ones, and waits for the answer to a PING; the error says what failed.
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
