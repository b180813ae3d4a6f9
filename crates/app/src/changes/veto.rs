//! Vetoes of an embedding program.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_kernel::StoreError;

use super::{Change, ChangeKind};
use crate::Error;
use crate::audit::Entry;
use crate::ports::Tx;

/// May refuse changes of one kind. It is asked inside the transaction, after the change was written and
/// before the commit, by whichever route or page the change was requested. It is not asked about what a
/// command must change ([`Command::MAY_BE_VETOED`](crate::Command::MAY_BE_VETOED)).
///
/// ```
/// use bailiwick_app::changes::{Change, MemberJoined, Veto};
/// use bailiwick_app::{Error, OwnRefusal, Tx};
///
/// const TRIAL_ENDED: OwnRefusal =
///     OwnRefusal::conflict("trial_ended", "The trial has ended", "Choose a plan first.");
///
/// struct Trial;
///
/// #[async_trait::async_trait]
/// impl Veto<MemberJoined> for Trial {
///     async fn review(&self, joined: &Change<MemberJoined>, _tx: &mut dyn Tx) -> Result<(), Error> {
///         match joined.org() {
///             Some(org) if self.has_ended(org) => Err(TRIAL_ENDED.into()),
///             _ => Ok(()),
///         }
///     }
/// }
/// # impl Trial { fn has_ended(&self, _: bailiwick_kernel::OrgId) -> bool { true } }
/// ```
#[async_trait]
pub trait Veto<K: ChangeKind>: Send + Sync {
    /// Refuses the change by an error, usually an [`OwnRefusal`](crate::OwnRefusal): the whole transaction
    /// is then rolled back, and the caller gets the refusal. `tx` sees the change: a query counts the
    /// member that is about to join. It may also write, but takes no locks of organizations. After
    /// contention the command is run again, and the veto is asked again.
    async fn review(&self, change: &Change<K>, tx: &mut dyn Tx) -> Result<(), Error>;
}

/// All vetoes of a program.
#[derive(Clone, Default)]
pub struct Vetoes(Vec<Arc<dyn Review>>);

impl Vetoes {
    /// Adds a veto of the changes of this kind.
    pub fn add<K: ChangeKind>(&mut self, _kind: K, veto: impl Veto<K> + 'static) {
        self.0.push(Arc::new(Typed(veto, std::marker::PhantomData::<fn() -> K>)));
    }

    /// Asks the vetoes about each change, in the order in which they were added.
    pub(crate) async fn review(&self, entries: &[Entry], tx: &mut dyn Tx) -> Result<(), Error> {
        for entry in entries {
            for veto in &self.0 {
                veto.review(entry, tx).await?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Vetoes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vetoes({})", self.0.len())
    }
}

/// A [`Veto`] of any kind.
#[async_trait]
trait Review: Send + Sync {
    async fn review(&self, entry: &Entry, tx: &mut dyn Tx) -> Result<(), Error>;
}

struct Typed<V, K>(V, std::marker::PhantomData<fn() -> K>);

#[async_trait]
impl<K: ChangeKind, V: Veto<K>> Review for Typed<V, K> {
    async fn review(&self, entry: &Entry, tx: &mut dyn Tx) -> Result<(), Error> {
        match Change::read(entry, None) {
            Ok(Some(change)) => self.0.review(&change, tx).await,
            Ok(None) => Ok(()),
            // A veto that is not asked would allow the change.
            Err(error) => Err(StoreError::Refused(error.to_string()).into()),
        }
    }
}
