//! The interface of both databases.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Store;

use crate::OpenError;

/// Operations of an opened database of either kind.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Returns the store for the use cases.
    fn store(&self) -> Arc<dyn Store>;
    /// Applies the missing migrations and returns their names.
    async fn migrate(&self) -> Result<Vec<String>, OpenError>;
    /// Returns the names of the migrations that [`Self::migrate`] would apply.
    async fn pending_migrations(&self) -> Result<Vec<String>, OpenError>;
    /// Claims a SQLite file for this process; does nothing on PostgreSQL.
    fn claim_exclusively(&mut self) -> Result<(), OpenError>;
}
