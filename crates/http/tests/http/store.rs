//! A store in memory whose checks of authority wait, as those of a database do.

use async_trait::async_trait;
use bailiwick_app::{AuthorityQuery, AuthorityView, Store};
use bailiwick_kernel::StoreError;
use bailiwick_testkit::{Delegate, MemoryStore};

pub struct Waiting(pub MemoryStore);

#[async_trait]
impl Delegate for Waiting {
    fn inner(&self) -> &dyn Store {
        &self.0
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        tokio::task::yield_now().await;
        self.inner().load_view(query).await
    }
}
