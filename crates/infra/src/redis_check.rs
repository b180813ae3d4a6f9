//! Whether Redis answers.

use std::time::Duration;

use redis::{Client, RedisError, cmd};
use tokio::time::timeout;

/// Limit of all of it: the lookup of the name, TCP, TLS, the login, and the answer.
const LIMIT: Duration = Duration::from_secs(4);

/// Connects to `redis://..` or, by TLS, `rediss://..` as the service does, and waits for the
/// answer to a PING; the error says what failed.
pub async fn check_redis(url: &str) -> Result<(), String> {
    match timeout(LIMIT, ping(url)).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer in time".to_owned()),
    }
}

async fn ping(url: &str) -> Result<(), RedisError> {
    let mut connection = Client::open(url)?.get_multiplexed_async_connection().await?;
    cmd("PING").query_async(&mut connection).await
}
