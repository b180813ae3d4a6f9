//! How memories of authority are told what was committed.

use std::borrow::Cow;
use std::sync::Arc;

use bailiwick_app::authority::Memory;
use bailiwick_app::{Effect, Stop};
use bailiwick_kernel::StoreError;
use diesel_async::SimpleAsyncConnection;

use super::backend;
use super::tables::loan::Loan;
use crate::error::store_error;

/// Nobody is told, and nobody may remember.
pub(crate) struct Telling;

impl Telling {
    /// What begins a transaction that writes.
    #[expect(clippy::unused_self, reason = "PostgreSQL says where to reply")]
    pub(crate) fn begin(&self) -> Cow<'static, str> {
        Cow::Borrowed(backend::BEGIN_WRITE)
    }

    /// Commits what is open on the connection, which goes back to its pool; the answer
    /// comes when no memory goes by what was before.
    pub(crate) async fn commit(&self, mut loan: Loan) -> Result<Effect, StoreError> {
        loan.conn()?.batch_execute(backend::COMMIT).await.map_err(store_error)?;
        loan.give_back();
        Ok(Effect::None)
    }

    /// As [`bailiwick_app::Store::settle`].
    #[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// As [`bailiwick_app::Store::keep_told`].
    #[expect(clippy::unused_async, reason = "PostgreSQL waits here")]
    pub(crate) async fn keep_told(&self, memory: Arc<Memory>, stop: Stop) {
        let _ = (memory, stop);
    }
}
