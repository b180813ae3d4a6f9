//! Pages as clients ask for them and get them.

use bailiwick_kernel::{Cursor, CursorError, Limit, LimitError, Page, PageRequest};

/// The page that a client asks for, as written in the query.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PageText {
    /// How many items; 1 to 100, 50 when absent.
    pub limit: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// Why a page cannot be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PageError {
    /// The limit is no number from 1 to 100.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The cursor is garbage or from another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

impl PageText {
    /// Reads it for the list that `name` describes with all that selects its items.
    pub fn read(&self, name: &str) -> Result<PageRequest, PageError> {
        let limit = Limit::parse(self.limit.as_deref())?;
        let after = self.cursor.as_deref().map(|text| Cursor::decode(text, name)).transpose()?;
        Ok(PageRequest { limit, after })
    }
}

/// A page as clients get it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` to go on; absent on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// The page of the list that `name` describes.
    pub fn new(page: Page<T>, name: &str) -> Self {
        Self { next_cursor: page.next.map(|cursor| cursor.encode(name)), items: page.items }
    }
}
