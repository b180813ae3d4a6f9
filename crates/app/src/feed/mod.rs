//! The feed of committed changes, for readers of an embedding program.
//!
//! The feed is the audit trail in the order of the commits. Each named reader gets every change at least
//! once; within an organization, in order. Nodes share the work of a reader. Start reading at
//! [`FeedReader`] (what an embedding program writes), then [`ports`] (what a store guarantees), then
//! [`runner`] (how changes are delivered).

mod handler;
pub mod ports;
mod reader;
pub mod runner;

use bailiwick_kernel::StoreError;

pub use handler::HandlerResult;
pub use ports::{FeedBatch, FeedClaim, FeedClaimRequest, FeedEntry, FeedProgress, FeedRepo, FeedStart};
pub use reader::{FeedReader, ReaderName, ReaderNameError};
pub use runner::FeedRunner;

use crate::App;

impl App {
    /// Makes a reader known to the store, which keeps its place in the feed from now on. Does nothing for a
    /// known reader.
    pub async fn register_reader(&self, reader: &FeedReader) -> Result<(), StoreError> {
        let mut tx = self.parts().store.begin().await?;
        tx.feed().register(reader.name(), reader.start(), self.parts().clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a reader from the store, with its place in the feed. For a reader that the program does not
    /// have anymore.
    pub async fn forget_reader(&self, name: &ReaderName) -> Result<(), StoreError> {
        let mut tx = self.parts().store.begin().await?;
        tx.feed().forget(name).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Creates the delivery to a reader, to be run beside the application. The reader MUST be registered.
    pub fn feed(&self, reader: FeedReader) -> FeedRunner {
        FeedRunner::new(self, reader)
    }
}
