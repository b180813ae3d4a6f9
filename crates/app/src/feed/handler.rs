//! Handlers of the changes in the feed.

use std::error::Error;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use super::FeedEntry;
use crate::changes::{Change, ChangeKind};

/// The outcome of a handler. An error is logged, and the change is delivered again.
pub type HandlerResult = Result<(), Box<dyn Error + Send + Sync>>;

/// A handler at work.
pub(super) type Handling = Pin<Box<dyn Future<Output = HandlerResult> + Send>>;

/// A handler of any change.
pub(super) trait HandleEntry: Send + Sync {
    /// Returns the work with a change; `None` if the handler is not interested in it.
    fn handle(&self, entry: &FeedEntry) -> Option<Handling>;
}

/// A handler of the changes of one kind.
pub(super) struct Typed<K, H> {
    handler: H,
    kind: PhantomData<fn() -> K>,
}

impl<K, H> Typed<K, H> {
    pub fn new(handler: H) -> Self {
        Self { handler, kind: PhantomData }
    }
}

impl<K, H, F> HandleEntry for Typed<K, H>
where
    K: ChangeKind,
    H: Fn(Change<K>) -> F + Send + Sync,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    fn handle(&self, entry: &FeedEntry) -> Option<Handling> {
        match Change::read(&entry.entry, Some(entry.position)) {
            Ok(change) => Some(Box::pin((self.handler)(change?))),
            Err(error) => Some(Box::pin(async move { Err(error.into()) })),
        }
    }
}

/// A handler of all changes.
pub(super) struct Every<H>(pub H);

impl<H, F> HandleEntry for Every<H>
where
    H: Fn(FeedEntry) -> F + Send + Sync,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    fn handle(&self, entry: &FeedEntry) -> Option<Handling> {
        Some(Box::pin((self.0)(entry.clone())))
    }
}
