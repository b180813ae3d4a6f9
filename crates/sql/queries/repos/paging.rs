//! Pages of lists that are ordered by id.

use bailiwick_kernel::PageRequest;
use bailiwick_sql::types::Key;

/// Returns the key after which the page starts.
pub(super) fn start(page: PageRequest) -> Option<Key> {
    page.after.map(|cursor| Key(cursor.key()))
}

/// Returns the page size plus one: the additional row shows that another page follows.
pub(super) fn rows_wanted(page: PageRequest) -> i64 {
    i64::try_from(page.limit.get()).unwrap_or(i64::MAX).saturating_add(1)
}
