//! Waits for other processes while a database is opened and migrated. They are logged, and limited.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use crate::OpenError;

/// Time after which a wait is logged.
const FIRST_REPORT: Duration = Duration::from_secs(3);
/// Interval of logging it again.
const NEXT_REPORT: Duration = Duration::from_secs(15);

/// Waits for `work`, and fails with [`OpenError::TimedOut`] after `limit`.
pub async fn bounded<T>(
    what: &'static str,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, OpenError> {
    timeout(limit, reported(what, work)).await.map_err(|_| OpenError::TimedOut { what, limit })
}

/// Waits for `work`, and logs `what` if that takes several seconds.
pub async fn reported<T>(what: &'static str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut pause = FIRST_REPORT;
    loop {
        if let Ok(done) = timeout(pause, work.as_mut()).await {
            return done;
        }
        tracing::warn!("waiting for {what}");
        pause = NEXT_REPORT;
    }
}
