//! Pages of lists, as clients request and receive them.

use bailiwick_kernel::{Cursor, CursorError, Limit, LimitError, Page, PageRequest};

/// The requested page, as written in the query string.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PageText {
    /// Number of items; 1 to 100, 50 when absent.
    pub limit: Option<String>,
    /// The `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// The error of an invalid page request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PageError {
    /// The limit is not a number from 1 to 100.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The cursor is malformed or belongs to another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

impl PageText {
    /// Parses the request. `name` identifies the list, with everything that selects its items.
    pub fn read(&self, name: &str) -> Result<PageRequest, PageError> {
        let limit = Limit::parse(self.limit.as_deref())?;
        let after = self.cursor.as_deref().map(|text| Cursor::decode(text, name)).transpose()?;
        Ok(PageRequest { limit, after })
    }
}

/// A page as clients receive it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// The `cursor` of the next page; absent on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// Creates the page of the list that `name` identifies.
    pub fn new(page: Page<T>, name: &str) -> Self {
        Self { next_cursor: page.next.map(|cursor| cursor.encode(name)), items: page.items }
    }
}
