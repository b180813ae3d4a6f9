//! The header of a write-ahead log (<https://www.sqlite.org/walformat.html>).

use super::header::number;

/// Length of the header of a log in bytes.
pub(super) const HEADER_LENGTH: usize = 32;
/// Length of the header of each frame in bytes.
pub(super) const FRAME_HEADER_LENGTH: usize = 24;
/// The last bit is the byte order of the checksums.
pub(super) const MAGIC: u32 = 0x377f_0682;

/// Returns whether this is the beginning of a log for pages of this size.
pub(super) fn is_log_of(bytes: &[u8], page_size: u64) -> bool {
    number(bytes, 0).is_some_and(|magic| magic & !1 == MAGIC)
        && number(bytes, 8).is_some_and(|size| u64::from(size) == page_size)
}
