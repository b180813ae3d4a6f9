//! Readers of the feed.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::handler::{Every, HandleEntry, HandlerResult, Typed};
use super::{FeedEntry, FeedStart};
use crate::changes::{Change, ChangeKind};

/// The longest name of a reader in bytes.
const LONGEST: usize = 64;

/// The name of a reader, which identifies its place in the feed: 1 to 64 bytes of `a-z`, `0-9`, `_` and `-`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ReaderName(String);

/// A text that is not the name of a reader.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no name of a reader: use 1 to {LONGEST} of a-z, 0-9, _ and -")]
pub struct ReaderNameError(String);

impl ReaderName {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, ReaderNameError> {
        let is_letter = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_letter) {
            return Ok(Self(text.to_owned()));
        }
        Err(ReaderNameError(text.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A reader of the feed: a name, and what it does with the changes.
///
/// ```
/// use bailiwick_app::changes::{MemberJoined, MemberRemoved};
/// use bailiwick_app::feed::FeedReader;
///
/// # fn example() -> Result<FeedReader, bailiwick_app::feed::ReaderNameError> {
/// Ok(FeedReader::new("crm")?
///     .on(MemberJoined, |joined| async move {
///         println!("{:?} has the member {}", joined.org(), joined.target());
///         Ok(())
///     })
///     .on(MemberRemoved, |removed| async move {
///         println!("{} is no member anymore", removed.target());
///         Ok(())
///     }))
/// # }
/// ```
///
/// A handler may get the same change again, after an error, a restart or a slow node, so what it does must be
/// repeatable: [`Change::id`] stays the same. After an error all handlers get the change again, after 1 s and
/// later each time, up to 5 min, and no later change of the same part of the feed before. Together they have
/// 30 s for a change; a panic is an error.
///
/// A row of the audit trail that this release cannot read, because a newer one wrote it, is logged and passed
/// over.
#[derive(Clone)]
pub struct FeedReader {
    name: ReaderName,
    start: FeedStart,
    handlers: Vec<Arc<dyn HandleEntry>>,
}

impl FeedReader {
    /// Creates a reader of the changes that are committed after its first start.
    pub fn new(name: &str) -> Result<Self, ReaderNameError> {
        Ok(Self { name: ReaderName::parse(name)?, start: FeedStart::Now, handlers: Vec::new() })
    }

    /// Makes the reader begin with the oldest change in the feed, at its first start.
    #[must_use]
    pub fn from_beginning(self) -> Self {
        Self { start: FeedStart::Beginning, ..self }
    }

    /// Adds a handler of the changes of a kind.
    #[must_use]
    pub fn on<K, F>(mut self, _kind: K, handler: impl Fn(Change<K>) -> F + Send + Sync + 'static) -> Self
    where
        K: ChangeKind,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.push(Arc::new(Typed::new(handler)));
        self
    }

    /// Adds a handler of all changes, also of actions that this release does not know.
    #[must_use]
    pub fn on_every<F>(mut self, handler: impl Fn(FeedEntry) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.handlers.push(Arc::new(Every(handler)));
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &ReaderName {
        &self.name
    }

    /// Returns where the reader begins at its first start.
    pub fn start(&self) -> FeedStart {
        self.start
    }

    /// Runs the handlers of a change, in the order in which they were added, until one fails.
    pub(super) async fn handle(&self, entry: &FeedEntry) -> HandlerResult {
        for handler in &self.handlers {
            if let Some(handling) = handler.handle(entry) {
                handling.await?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FeedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedReader")
            .field("name", &self.name.0)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for name in ["a", "crm-2_b", &"x".repeat(64)] {
            assert_eq!(ReaderName::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "CRM", "a b", "\u{e4}", &"x".repeat(65)] {
            assert_eq!(ReaderName::parse(name), Err(ReaderNameError(name.to_owned())));
        }
    }
}
