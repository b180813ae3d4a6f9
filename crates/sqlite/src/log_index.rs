//! Checks that the write-ahead log still contains what its index (`PATH-shm`) lists.
//!
//! Every connection of every process counts the written frames of the log in the header of the
//! index, <https://www.sqlite.org/walformat.html#the_wal_index_header>. So a log that was truncated
//! or overwritten is detected even while no connection uses it.

use std::fs::File;
use std::io;

use super::header::{first_bytes, number, read_at};
use super::log_header::{FRAME_HEADER_LENGTH, HEADER_LENGTH, is_log_of};

const COPY_LENGTH: usize = 48;
const TRUNCATED: &str = "lost changes, because its -wal was truncated";
const OVERWRITTEN: &str = "lost its -wal, which was overwritten";

/// Returns the fault of the log, if any. SQLite may write the log meanwhile.
pub(super) fn fault(index: &File, log: &File, page_size: u64) -> io::Result<Option<&'static str>> {
    let beginning = first_bytes::<HEADER_LENGTH>(log)?;
    // The log is empty until the first write after a checkpoint that truncated it.
    if beginning.is_some_and(|bytes| !is_log_of(&bytes, page_size)) {
        return Ok(Some(OVERWRITTEN));
    }
    let Some(index) = Index::read(index)? else { return Ok(None) };
    if index.frames == 0 {
        return Ok(None);
    }
    let Some(beginning) = beginning else { return Ok(Some(TRUNCATED)) };
    let frame_length = FRAME_HEADER_LENGTH as u64 + page_size;
    if log.metadata()?.len() < HEADER_LENGTH as u64 + index.frames * frame_length {
        return Ok(Some(TRUNCATED));
    }
    // The other frames are checked when a query reads them.
    let (mut first, mut last) = ([0; FRAME_HEADER_LENGTH], [0; FRAME_HEADER_LENGTH]);
    read_at(log, &mut first, HEADER_LENGTH as u64)?;
    read_at(log, &mut last, HEADER_LENGTH as u64 + (index.frames - 1) * frame_length)?;
    let salts = [beginning.get(16..24), first.get(8..16), last.get(8..16)];
    let sums = (number(&last, 16), number(&last, 20));
    let is_whole = salts.iter().all(|salts| *salts == Some(&index.salts))
        && sums == (Some(index.sums.0), Some(index.sums.1));
    Ok((!is_whole).then_some(OVERWRITTEN))
}

/// The header of the index.
pub(super) struct Index {
    /// Number of written frames, all of committed transactions.
    pub(super) frames: u64,
    /// The checksum of the last frame.
    sums: (u32, u32),
    pub(super) salts: [u8; 8],
}

impl Index {
    /// Reads the index; `None` during its creation or a write, when the two copies of its header
    /// differ.
    pub(super) fn read(file: &File) -> io::Result<Option<Self>> {
        let Some(bytes) = first_bytes::<{ 2 * COPY_LENGTH }>(file)? else { return Ok(None) };
        let (first, second) = bytes.split_at(COPY_LENGTH);
        Ok((first == second).then(|| Self::parse(first)).flatten())
    }

    /// Parses the header, whose numbers have the byte order of the machine.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let native = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        (*bytes.get(12)? != 0).then_some(())?;
        Some(Self {
            frames: u64::from(native(16)?),
            sums: (native(24)?, native(28)?),
            salts: bytes.get(32..40)?.try_into().ok()?,
        })
    }
}
