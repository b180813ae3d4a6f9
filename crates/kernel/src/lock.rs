//! Row locks, as the methods of the store ports name them.

/// Lock of the rows that a method reads (PostgreSQL: explicit locking). A lock lasts until the
/// transaction ends, and has no effect in a transaction that only reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    /// No lock.
    None,
    /// No other transaction can lock, change or delete the row. The row is returned as read under the
    /// lock.
    Update,
}
