//! Row locks, as the methods of the store ports name them.

/// Lock of the row that a method reads (PostgreSQL: explicit locking). It lasts until the transaction
/// ends. A transaction that only reads asks for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    /// No lock.
    None,
    /// No other transaction can lock, change or delete the row. The row is returned as read under the
    /// lock.
    Update,
}
