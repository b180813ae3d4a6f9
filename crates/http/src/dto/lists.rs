//! Pages of lists.

use bailiwick_app::Listing;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::values;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageDto<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(value_type = Option<values::Cursor>)]
    pub next_cursor: Option<String>,
}

impl<T> PageDto<T> {
    /// Converts the records of `listing` to items.
    pub fn from_listing<R>(listing: Listing<R>) -> Self
    where
        T: From<R>,
    {
        Self { items: listing.items.into_iter().map(T::from).collect(), next_cursor: listing.next_cursor }
    }
}
