//! Lists in pages.

use bailiwick_app::Listing;
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageDto<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `cursor` to go on; null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> PageDto<T> {
    /// The page with each record turned into what clients see.
    pub fn from_listing<R>(listing: Listing<R>) -> Self
    where
        T: From<R>,
    {
        Self { items: listing.items.into_iter().map(T::from).collect(), next_cursor: listing.next_cursor }
    }
}
