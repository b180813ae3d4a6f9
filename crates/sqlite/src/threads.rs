//! Threads for the blocking calls of SQLite.

use std::error::Error;

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// The blocking threads of the caller's runtime.
///
/// diesel-async's own implementation waits for the call when a query's future is dropped, and
/// panics doing so on a single-threaded runtime (such as an actix worker). Here the call completes
/// on its thread, and the connection is not used again, because `crate::sql` returns a connection
/// to the pool only after its calls completed.
pub struct Threads;

impl SpawnBlocking for Threads {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let running = tokio::task::spawn_blocking(task);
        async move { running.await.map_err(Into::into) }.boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}
