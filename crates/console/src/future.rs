//! Futures of extractors.

use std::pin::Pin;

/// A future that stays on its thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Puts a future on the heap.
pub fn boxed<T>(future: impl Future<Output = T> + 'static) -> LocalFuture<T> {
    Box::pin(future)
}
