//! Checks that the write-ahead log (`PATH-wal`) beside a file belongs to it.
//!
//! SQLite accepts a log with a valid checksum beside any file, and ignores one without. Either
//! loses data if one of the two was replaced. The log (<https://www.sqlite.org/walformat.html>)
//! contains copies of the first page, whose counter of changes must continue that of the file.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::header::{Header, first_bytes, number};
use crate::OpenError;

/// Length of the header of a log in bytes.
pub(super) const HEADER_LENGTH: usize = 32;
/// Length of the header of each frame in bytes.
pub(super) const FRAME_HEADER_LENGTH: usize = 24;
/// The last bit is the byte order of the checksums.
const MAGIC: u32 = 0x377f_0682;
/// Largest number of readings. Another process may change the file meanwhile, so a result counts
/// only if both headers are the same afterwards.
const READINGS: usize = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Returns the path of a file that SQLite keeps beside the database.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Refuses a log that belongs to another file.
pub(super) fn check(database: &Path, file: &File) -> Result<(), OpenError> {
    for _ in 0..READINGS {
        match read(database, file) {
            Ok(Reading::Fits) => return Ok(()),
            Ok(Reading::Differs(problem)) => return Err(foreign(database, problem)),
            Ok(Reading::Changing) => sleep(PAUSE),
            Err(error) => return Err(OpenError::Unreadable(format!("{}: {error}", database.display()))),
        }
    }
    // Another process writes to both, so they belong together.
    Ok(())
}

/// Returns the error of a foreign log, with the reason.
pub(super) fn foreign(database: &Path, problem: &'static str) -> OpenError {
    OpenError::ForeignLog { path: database.display().to_string(), problem }
}

enum Reading {
    Fits,
    Differs(&'static str),
    Changing,
}

fn read(database: &Path, file: &File) -> io::Result<Reading> {
    let log = match File::open(beside(database, "-wal")) {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Reading::Fits),
        Err(error) => return Err(error),
    };
    let before = (Header::read(file)?, first_bytes(&log)?);
    let Some(problem) = problem(before.0, &log)? else { return Ok(Reading::Fits) };
    let after = (Header::read(file)?, first_bytes::<HEADER_LENGTH>(&log)?);
    Ok(if before == after { Reading::Differs(problem) } else { Reading::Changing })
}

fn problem(header: Option<Header>, log: &File) -> io::Result<Option<&'static str>> {
    // A log that was cut off during its creation is empty.
    let Some(bytes) = first_bytes(log)?.filter(|bytes| *bytes != [0; HEADER_LENGTH]) else { return Ok(None) };
    let Some(header) = header else {
        return Ok(Some("the database file is empty or no database, and the log holds its changes"));
    };
    let Some(mut frames) = Frames::of(&bytes, BufReader::new(log)) else {
        return Ok(Some("the header of the log is damaged"));
    };
    if frames.page_size as u64 != header.page_size {
        return Ok(Some("the log has another page size"));
    }
    let Some((first, last)) = frames.first_pages()? else { return Ok(None) };
    Ok(if !first.is_of_same_file(&header) {
        Some("the log was written for another database")
    } else if header.changes.saturating_add(1) < first.changes {
        Some("the database file is older than the log")
    } else if header.changes > last.changes {
        Some("the database file is newer than the log")
    } else {
        None
    })
}

/// Returns whether this is the beginning of a log for pages of this size.
pub(super) fn is_log_of(bytes: &[u8], page_size: u64) -> bool {
    number(bytes, 0).is_some_and(|magic| magic & !1 == MAGIC)
        && number(bytes, 8).is_some_and(|size| u64::from(size) == page_size)
}

/// The frames of a log, each a copy of a page.
struct Frames<R> {
    source: R,
    page_size: usize,
    salts: [u8; 8],
    checksum: Checksum,
}

impl<R: Read> Frames<R> {
    /// Reads the frames of a log; `None` if its header is invalid.
    fn of(header: &[u8; HEADER_LENGTH], source: R) -> Option<Self> {
        let magic = number(header, 0).filter(|magic| magic & !1 == MAGIC)?;
        let mut checksum = Checksum { big_endian: magic & 1 == 1, sums: (0, 0) };
        checksum.add(header.get(..24)?);
        (number(header, 24) == Some(checksum.sums.0) && number(header, 28) == Some(checksum.sums.1))
            .then_some(())?;
        Some(Self {
            source,
            page_size: number(header, 8)?.try_into().ok()?,
            salts: header.get(16..24)?.try_into().ok()?,
            checksum,
        })
    }

    /// Returns the first and the last copy of the first page in committed transactions.
    fn first_pages(&mut self) -> io::Result<Option<(Header, Header)>> {
        let mut skipped = [0; HEADER_LENGTH];
        self.source.read_exact(&mut skipped)?;
        let mut frame = vec![0; FRAME_HEADER_LENGTH + self.page_size];
        let (mut committed, mut open) = (None, None);
        while self.next(&mut frame)? {
            let (head, page) = frame.split_at(FRAME_HEADER_LENGTH);
            if number(head, 0) == Some(1)
                && let Some(header) = Header::parse(page)
            {
                open = Some((open.or(committed).map_or(header, |(first, _)| first), header));
            }
            if number(head, 4) != Some(0) {
                committed = open.or(committed);
            }
        }
        Ok(committed)
    }

    /// Reads the next frame. `false` at the first that does not belong to this log.
    fn next(&mut self, frame: &mut [u8]) -> io::Result<bool> {
        match self.source.read_exact(frame) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
        let (head, page) = frame.split_at(FRAME_HEADER_LENGTH);
        self.checksum.add(head.get(..8).unwrap_or_default());
        self.checksum.add(page);
        let sums = (number(head, 16), number(head, 20));
        let own = (Some(self.checksum.sums.0), Some(self.checksum.sums.1));
        Ok(head.get(8..16) == Some(&self.salts) && sums == own)
    }
}

/// The checksum of logs, over pairs of 32-bit numbers.
struct Checksum {
    big_endian: bool,
    sums: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let (pairs, _) = bytes.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in pairs {
            let words = if self.big_endian {
                (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]))
            } else {
                (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
            };
            self.sums.0 = self.sums.0.wrapping_add(words.0).wrapping_add(self.sums.1);
            self.sums.1 = self.sums.1.wrapping_add(words.1).wrapping_add(self.sums.0);
        }
    }
}
