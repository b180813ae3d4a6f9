//! Where SQLite's blocking calls run.

use std::error::Error;

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// The blocking threads of whichever runtime makes the call.
///
/// diesel-async brings its own, which waits for the call when a query's future
/// is dropped, and panics doing so on a single-threaded runtime (an actix worker
/// is one). Here the call ends by itself, on its thread; the connection is never
/// used again, because [`super::tables`] gives back only what came to its end.
pub(crate) struct Threads;

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
