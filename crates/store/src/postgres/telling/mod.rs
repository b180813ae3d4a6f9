//! How memories of authority are told what was committed.

use std::borrow::Cow;
use std::sync::Arc;

use bailiwick_app::authority::Memory;
use bailiwick_app::{Effect, Stop};
use bailiwick_kernel::StoreError;
use diesel_async::SimpleAsyncConnection;

use super::backend;
use super::connect::Target;
use super::tables::loan::{Loan, Pool};
use crate::error::store_error;

/// Who is told, and who waits for it.
pub(crate) struct Telling {}

impl Telling {
    pub(crate) fn new(_pool: Pool, _target: Arc<Target>) -> Self {
        Self {}
    }

    /// What begins a transaction that writes.
    #[expect(clippy::unused_self, reason = "nobody is told yet")]
    pub(crate) fn begin(&self) -> Cow<'static, str> {
        Cow::Borrowed(backend::BEGIN_WRITE)
    }

    /// Commits what is open on the connection, which goes back to its pool; the answer
    /// comes when no memory of any node goes by what was before.
    pub(crate) async fn commit(&self, mut loan: Loan) -> Result<Effect, StoreError> {
        loan.conn()?.batch_execute(backend::COMMIT).await.map_err(store_error)?;
        loan.give_back();
        Ok(Effect::None)
    }

    /// As [`bailiwick_app::Store::settle`].
    #[expect(clippy::unused_async, reason = "nobody is told yet")]
    pub(crate) async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// As [`bailiwick_app::Store::keep_told`].
    #[expect(clippy::unused_async, reason = "nobody is told yet")]
    pub(crate) async fn keep_told(&self, memory: Arc<Memory>, stop: Stop) {
        let _ = (memory, stop);
    }
}
