//! Lists in pages. A cursor is bound to the list it came from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How many items a page holds: 1 to 100, 50 unless told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit(u8);

/// A page size outside 1 to 100.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("limit must be a number from 1 to 100")]
pub struct LimitError;

impl Limit {
    /// Reads a page size from a query; none given is 50.
    pub fn parse(text: Option<&str>) -> Result<Self, LimitError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        match text.parse::<u8>() {
            Ok(number @ 1..=100) => Ok(Self(number)),
            _ => Err(LimitError),
        }
    }

    /// The number of items.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// A cursor that is garbage, or from another list, tenant or filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this cursor does not belong to this list")]
pub struct CursorError;

/// The key of the last item seen. Lists are ordered by id, which for UUIDs of
/// version 7 is the order of creation; one that says so by its reverse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor(Uuid);

impl Cursor {
    /// The position after the item with this key.
    pub fn after(key: Uuid) -> Self {
        Self(key)
    }

    /// The key of the last item seen, for adapters.
    pub fn key(self) -> Uuid {
        self.0
    }

    /// The text that a client hands back. `list` names the list with everything
    /// that selects its items: tenant, filters, search.
    pub fn encode(self, list: &str) -> String {
        let mut bytes = [0_u8; 24];
        let (key, seal) = bytes.split_at_mut(16);
        key.copy_from_slice(self.0.as_bytes());
        seal.copy_from_slice(&seal_of(list, self.0));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of the same `list`; anything else is refused (CVE-2026-33503).
    pub fn decode(text: &str, list: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (key, seal) = bytes.split_at_checked(16).ok_or(CursorError)?;
        let key = Uuid::from_slice(key).map_err(|_| CursorError)?;
        if seal == seal_of(list, key) { Ok(Self(key)) } else { Err(CursorError) }
    }
}

/// Ties a cursor to its list. It guards against mistakes, not against forgery:
/// a forged key only chooses where the caller's own list starts.
fn seal_of(list: &str, key: Uuid) -> [u8; 8] {
    let digest = Sha256::new().chain_update(list).chain_update(key.as_bytes()).finalize();
    let mut seal = [0_u8; 8];
    seal.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    seal
}

/// Which page a caller wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PageRequest {
    /// At most so many items.
    pub limit: Limit,
    /// Only items after this one; from the start when absent.
    pub after: Option<Cursor>,
}

/// Some items of a list, and where the next ones begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// The items, in ascending order of id unless the list says otherwise.
    pub items: Vec<T>,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows: the one too many tells that
    /// another page follows.
    pub fn from_rows(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = rows.last().filter(|_| more).map(|last| Cursor::after(key(last)));
        Self { items: rows, next }
    }

    /// The same page of other items.
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
    fn the_row_too_many_becomes_the_next_cursor() {
        let limit = Limit::parse(Some("2")).unwrap();
        let page = Page::from_rows(vec![1_u128, 2, 3], limit, |n| Uuid::from_u128(*n));
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next, Some(Cursor::after(Uuid::from_u128(2))));
        assert_eq!(Page::from_rows(vec![1_u128, 2], limit, |n| Uuid::from_u128(*n)).next, None);
    }
}
