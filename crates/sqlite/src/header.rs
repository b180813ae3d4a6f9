//! The first 100 bytes of a SQLite file, <https://www.sqlite.org/fileformat.html#the_database_header>.

use std::fs::File;
use std::io::{self, ErrorKind};

use super::state_mark;

/// Length of the header in bytes.
pub(super) const LENGTH: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The fields that distinguish one file, and one state of it, from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    /// Bytes per page.
    pub page_size: u64,
    /// Number of pages.
    pub pages: u64,
    /// Counter of changes of the first page, which grows by one at most for each transaction.
    pub changes: u32,
    /// A random number that [`super::connect::migrate`] stores; 0 in files of older releases.
    pub identity: u32,
    /// Counter of changes of the schema, including `VACUUM`.
    schema: u32,
    /// The marks of the last two transactions, see [`state_mark`].
    marks: u32,
}

impl Header {
    /// Parses a header; `None` if these are not the first bytes of a SQLite file.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.strip_prefix(MAGIC)?;
        let page_size = u64::from(u16::from_be_bytes(bytes.get(16..18)?.try_into().ok()?));
        Some(Self {
            page_size: if page_size == 1 { 65_536 } else { page_size },
            changes: number(bytes, 24)?,
            pages: u64::from(number(bytes, 28)?),
            schema: number(bytes, 40)?,
            identity: number(bytes, 60)?,
            marks: number(bytes, 68)?,
        })
    }

    /// Reads the header of an open file; `None` if it has none.
    pub(super) fn read(file: &File) -> io::Result<Option<Self>> {
        Ok(first_bytes::<LENGTH>(file)?.as_ref().and_then(|bytes| Self::parse(bytes)))
    }

    /// Returns whether this is of an earlier state than `other`. Only `VACUUM` makes a file
    /// shorter.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.changes < other.changes
            || self.schema < other.schema
            || (self.schema == other.schema && self.pages < other.pages)
    }

    /// Returns whether this may be the header of the same file at another time.
    pub(super) fn is_of_same_file(&self, other: &Self) -> bool {
        let identities = [self.identity, other.identity];
        self.page_size == other.page_size && (self.identity == other.identity || identities.contains(&0))
    }

    /// Returns whether every transaction of this file stores a mark. Older releases store none.
    pub(super) fn is_marked(&self) -> bool {
        state_mark::of(self.marks) != 0
    }

    /// Returns whether this may be the header after the first transaction that follows `state`.
    pub(super) fn continues(&self, state: &Self) -> bool {
        let follows = state_mark::former(self.marks) == state_mark::of(state.marks);
        // A transaction of another program leaves the marks as they are.
        (follows || self.marks == state.marks) && self.schema >= state.schema
    }
}

/// Returns the first bytes of an open file; `None` if it is shorter.
pub(super) fn first_bytes<const N: usize>(file: &File) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match read_at(file, &mut bytes, 0) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Fills `bytes` from the open file, starting at `offset`.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    // Without a seek, because the descriptor may be shared.
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` from the open file, starting at `offset`.
#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

/// Returns the big-endian 32-bit number at this offset.
pub(super) fn number(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
