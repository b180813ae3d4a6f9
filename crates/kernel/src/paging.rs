//! Pagination. A cursor is bound to the list that it came from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The number of items per page: 1 to 100, by default 50.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit(u8);

/// A page size outside 1 to 100.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("limit must be a number from 1 to 100")]
pub struct LimitError;

impl Limit {
    /// A page of one item, to find out whether a list has any.
    pub const ONE: Self = Self(1);

    /// Parses the page size of a query; 50 if absent. [`LimitError`] outside 1 to 100.
    pub fn parse(text: Option<&str>) -> Result<Self, LimitError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        match text.parse::<u8>() {
            Ok(number @ 1..=100) => Ok(Self(number)),
            _ => Err(LimitError),
        }
    }

    /// Returns the number of items.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// A cursor that is malformed, or that was issued for another list, tenant or filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this cursor does not belong to this list")]
pub struct CursorError;

/// The key of the last item returned. Lists are ordered by id, which for UUIDs of version 7 is the
/// order of creation, or by descending id where their documentation says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor(Uuid);

impl Cursor {
    /// Creates the position after the item with this key.
    pub fn after(key: Uuid) -> Self {
        Self(key)
    }

    /// Returns the key of the last item returned, for adapters.
    pub fn key(self) -> Uuid {
        self.0
    }

    /// Returns the text that the client sends back. `list` identifies the list with everything that
    /// selects its items: tenant, filters, search.
    pub fn encode(self, list: &str) -> String {
        let mut bytes = [0_u8; 24];
        let (key, sum) = bytes.split_at_mut(16);
        key.copy_from_slice(self.0.as_bytes());
        sum.copy_from_slice(&checksum(list, self.0));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Decodes a cursor of the same `list`; [`CursorError`] for any other (CVE-2026-33503).
    pub fn decode(text: &str, list: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (key, sum) = bytes.split_at_checked(16).ok_or(CursorError)?;
        let key = Uuid::from_slice(key).map_err(|_| CursorError)?;
        if sum == checksum(list, key) { Ok(Self(key)) } else { Err(CursorError) }
    }
}

/// Returns the checksum that binds a cursor to its list. It detects mistakes, not forgery, because a
/// forged key only chooses where the caller's own list starts.
fn checksum(list: &str, key: Uuid) -> [u8; 8] {
    let digest = Sha256::new().chain_update(list).chain_update(key.as_bytes()).finalize();
    let mut sum = [0_u8; 8];
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}

/// A request for one page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PageRequest {
    /// The maximum number of items.
    pub limit: Limit,
    /// The position to start after; the start of the list if absent.
    pub after: Option<Cursor>,
}

/// A page of a list, and the position of the next page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// The items, in ascending order of id unless the list says otherwise.
    pub items: Vec<T>,
    /// The position of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Creates a page from up to `limit + 1` rows; an extra row means that another page follows.
    pub fn from_rows(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = rows.last().filter(|_| more).map(|last| Cursor::after(key(last)));
        Self { items: rows, next }
    }

    /// Converts the items and keeps the position.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_only_for_its_list() {
        let cursor = Cursor::after(Uuid::from_u128(7));
        let text = cursor.encode("members:a");
        assert_eq!(Cursor::decode(&text, "members:a"), Ok(cursor));
        assert_eq!(Cursor::decode(&text, "members:b"), Err(CursorError));
        for garbage in ["", "x", "%%%", &"A".repeat(32), &"A".repeat(500)] {
            assert_eq!(Cursor::decode(garbage, "members:a"), Err(CursorError));
        }
    }

    #[test]
    fn limits_are_one_to_a_hundred() {
        assert_eq!(Limit::parse(None).unwrap().get(), 50);
        assert_eq!(Limit::parse(Some("100")).unwrap().get(), 100);
        for text in ["0", "101", "-1", "x", ""] {
            assert_eq!(Limit::parse(Some(text)), Err(LimitError));
        }
    }

    #[test]
    fn an_extra_row_yields_the_next_cursor() {
        let limit = Limit::parse(Some("2")).unwrap();
        let page = Page::from_rows(vec![1_u128, 2, 3], limit, |n| Uuid::from_u128(*n));
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next, Some(Cursor::after(Uuid::from_u128(2))));
        assert_eq!(Page::from_rows(vec![1_u128, 2], limit, |n| Uuid::from_u128(*n)).next, None);
    }
}
