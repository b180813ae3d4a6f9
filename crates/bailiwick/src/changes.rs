//! What the embedding program has to say about changes, as the builder got it.

use std::collections::HashSet;

use bailiwick_app::changes::{ChangeKind, Veto};
use bailiwick_app::feed::FeedReader;
use bailiwick_app::{OwnRefusal, Settings};
use bailiwick_problems::Code;

use crate::{BuildError, Builder};

impl Builder {
    /// Adds a veto of the changes of a kind: `.veto(MemberJoined, SeatLimit)`. It is asked inside the
    /// transaction, before the commit.
    #[must_use]
    pub fn veto<K: ChangeKind>(mut self, kind: K, veto: impl Veto<K> + 'static) -> Self {
        self.vetoes.add(kind, veto);
        self
    }

    /// Adds a reader of the feed of committed changes. It runs beside the requests, on every node; nodes share
    /// the changes. [`Self::build`] refuses two readers of one name.
    #[must_use]
    pub fn reader(mut self, reader: FeedReader) -> Self {
        self.readers.push(reader);
        self
    }

    /// Declares a refusal of your own, so that `/problems` explains it and `/openapi.json` names it.
    /// [`Self::build`] refuses a code that the service or another refusal has.
    #[must_use]
    pub fn refusal(mut self, refusal: OwnRefusal) -> Self {
        self.refusals.push(refusal);
        self
    }
}

/// Adds the refusals to those of the settings. Refuses a code that is not free.
pub fn checked(mut settings: Settings, refusals: Vec<OwnRefusal>) -> Result<Settings, BuildError> {
    settings.refusals.extend(refusals);
    let mut own = HashSet::new();
    for refusal in &settings.refusals {
        if Code::parse(refusal.code()).is_some() || !own.insert(refusal.code()) {
            return Err(BuildError::Refusal(refusal.code()));
        }
    }
    Ok(settings)
}

/// Refuses two readers of one name, because they would share one place in the feed.
pub fn check_readers(readers: &[FeedReader]) -> Result<(), BuildError> {
    let mut names = HashSet::new();
    match readers.iter().find(|reader| !names.insert(reader.name())) {
        Some(twice) => Err(BuildError::Reader(twice.name().as_str().to_owned())),
        None => Ok(()),
    }
}
