//! What is done beside requests, now and then.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::StoreError;

use crate::activity::Attendance;
use crate::ports::Store;

const ROUND: Duration = Duration::from_mins(1);

/// Writes down once a minute who was there. To be run beside the application.
pub struct Housekeeper {
    store: Arc<dyn Store>,
    attendance: Arc<Attendance>,
}

impl Housekeeper {
    pub(crate) fn new(store: Arc<dyn Store>, attendance: Arc<Attendance>) -> Self {
        Self { store, attendance }
    }

    /// Works until `stop` is ready, and once more then. A failure of the store is
    /// logged, and the next round tries again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let stopped = tokio::select! {
                () = stop.as_mut() => true,
                () = tokio::time::sleep(ROUND) => false,
            };
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "who was active is not written down yet");
            }
            if stopped {
                return;
            }
        }
    }

    /// One round.
    pub async fn round(&self) -> Result<(), StoreError> {
        self.attendance.write_down(&*self.store).await
    }
}
