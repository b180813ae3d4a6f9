//! The interface of both databases.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Store;

use crate::OpenError;

/// Operations of an opened database of either kind.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    fn store(&self) -> Arc<dyn Store>;
    async fn migrate(&self) -> Result<Vec<String>, OpenError>;
    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError>;
    fn claim_exclusively(&mut self) -> Result<(), OpenError>;
}
