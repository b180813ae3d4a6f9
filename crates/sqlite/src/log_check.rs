//! Checks that the write-ahead log (`PATH-wal`) beside a file belongs to it.
//!
//! SQLite accepts a log with a valid checksum beside any file, and ignores one without. Either
//! loses data if one of the two was replaced. The log (<https://www.sqlite.org/walformat.html>)
//! contains copies of the first page, whose marks and counter of changes must continue those of the
//! file. SQLite also ignores everything after a damaged frame, so a log is refused if committed
//! changes follow one.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use bailiwick_sql::OpenError;

use super::claim::is_claimed;
use super::header::{Header, first_bytes, number};
use super::location::beside;
use super::log_header::{FRAME_HEADER_LENGTH, HEADER_LENGTH, MAGIC};
use super::log_index::Index;
use super::open_files;

/// Largest number of readings. Another process may change the file meanwhile, so a result counts
/// only if both headers are the same afterwards.
const READINGS: usize = 5;
const UNNAMED: &str = "the log does not name the state of the database that it continues";
const PAUSE: Duration = Duration::from_millis(20);

/// Refuses a log that belongs to another file, and a damaged one.
pub(super) fn check(database: &Path, file: &File) -> Result<(), OpenError> {
    let mut damaged_after = None;
    for _ in 0..READINGS {
        match read(database, file) {
            Ok(Reading::Fits) => return Ok(()),
            // The changes of an operator's program come without a mark. The process that serves the file
            // watches whether it is replaced.
            Ok(Reading::Differs(UNNAMED)) if is_served(database) => return Ok(()),
            Ok(Reading::Differs(problem)) => return Err(foreign(database, problem)),
            Ok(Reading::Damaged { frames }) if damaged_after == Some(frames) => {
                return Err(OpenError::DamagedLog { path: database.display().to_string(), frames });
            }
            // A frame that another process is writing looks damaged for a moment.
            Ok(Reading::Damaged { frames }) => {
                damaged_after = Some(frames);
                sleep(PAUSE);
            }
            Ok(Reading::Changing) => sleep(PAUSE),
            Err(error) => return Err(OpenError::Unreadable(format!("{}: {error}", database.display()))),
        }
    }
    // Another process writes to both, so they belong together.
    Ok(())
}

/// Returns whether this process or another serves the file.
fn is_served(database: &Path) -> bool {
    open_files::is_open(&beside(database, "-shm")) || is_claimed(database)
}

/// Returns the error of a foreign log, with the reason.
pub(super) fn foreign(database: &Path, problem: &'static str) -> OpenError {
    OpenError::ForeignLog { path: database.display().to_string(), problem }
}

enum Reading {
    Fits,
    Differs(&'static str),
    Damaged { frames: u64 },
    Changing,
}

/// The fault of a log.
enum Problem {
    Foreign(&'static str),
    Damaged { frames: u64 },
}

fn read(database: &Path, file: &File) -> io::Result<Reading> {
    let log = match File::open(beside(database, "-wal")) {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Reading::Fits),
        Err(error) => return Err(error),
    };
    // First, because a frame is written before it is counted.
    let counted = index(database)?;
    let before = (Header::read(file)?, first_bytes(&log)?);
    let Some(problem) = problem(before.0, &log, counted.as_ref())? else { return Ok(Reading::Fits) };
    let after = (Header::read(file)?, first_bytes::<HEADER_LENGTH>(&log)?);
    Ok(match problem {
        _ if before != after => Reading::Changing,
        Problem::Foreign(problem) => Reading::Differs(problem),
        Problem::Damaged { frames } => Reading::Damaged { frames },
    })
}

/// Reads the index of the log, if it exists.
fn index(database: &Path) -> io::Result<Option<Index>> {
    let path = beside(database, "-shm");
    match open_files::open(&path, || File::open(&path)) {
        Ok(file) => Index::read(&file),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn problem(header: Option<Header>, log: &File, index: Option<&Index>) -> io::Result<Option<Problem>> {
    let foreign = |problem| Ok(Some(Problem::Foreign(problem)));
    // A log that was cut off during its creation is empty.
    let Some(bytes) = first_bytes(log)?.filter(|bytes| *bytes != [0; HEADER_LENGTH]) else { return Ok(None) };
    let Some(header) = header else {
        return foreign("the database file is empty or no database, and the log holds its changes");
    };
    let Some(frames) = Frames::of(&bytes, BufReader::new(log)) else {
        return foreign("the header of the log is damaged");
    };
    if frames.page_size as u64 != header.page_size {
        return foreign("the log has another page size");
    }
    let salts = frames.salts;
    let contents = frames.scan(&header)?;
    let is_short = index.is_some_and(|index| index.salts == salts && index.frames > contents.frames);
    if contents.is_damaged || is_short {
        return Ok(Some(Problem::Damaged { frames: contents.frames }));
    }
    Ok(contents.difference(&header).map(Problem::Foreign))
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

    /// Reads all frames of a log beside a file with this header.
    fn scan(mut self, header: &Header) -> io::Result<Contents> {
        let mut skipped = [0; HEADER_LENGTH];
        self.source.read_exact(&mut skipped)?;
        let mut frame = vec![0; FRAME_HEADER_LENGTH + self.page_size];
        let mut contents = Contents::default();
        let mut open = None;
        while self.read(&mut frame)? {
            if !self.is_valid(&frame) {
                contents.is_damaged = self.is_followed(&mut frame)?;
                break;
            }
            contents.frames += 1;
            let (head, page) = frame.split_at(FRAME_HEADER_LENGTH);
            if number(head, 0) == Some(1)
                && let Some(copy) = Header::parse(page)
            {
                open = Some(FirstPages::after(open.or(contents.first_pages), copy, header));
            }
            if is_commit(head) {
                contents.has_commit = true;
                contents.first_pages = open.or(contents.first_pages);
            }
        }
        Ok(contents)
    }

    /// Returns whether committed transactions follow the one of this invalid frame. Each is synced
    /// before the next is written, so only the last can be incomplete after a power failure.
    fn is_followed(&mut self, frame: &mut [u8]) -> io::Result<bool> {
        let mut commits = 0;
        loop {
            commits += u32::from(self.is_own(frame) && is_commit(frame));
            if commits > 1 || !self.read(frame)? {
                return Ok(commits > 1);
            }
        }
    }

    /// Reads the next frame. `false` at the end.
    fn read(&mut self, frame: &mut [u8]) -> io::Result<bool> {
        match self.source.read_exact(frame) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns whether this frame continues the log. A frame of a former log has other salts.
    fn is_valid(&mut self, frame: &[u8]) -> bool {
        let (head, page) = frame.split_at(FRAME_HEADER_LENGTH);
        self.checksum.add(head.get(..8).unwrap_or_default());
        self.checksum.add(page);
        let sums = (number(head, 16), number(head, 20));
        self.is_own(frame) && sums == (Some(self.checksum.sums.0), Some(self.checksum.sums.1))
    }

    fn is_own(&self, frame: &[u8]) -> bool {
        frame.get(8..16) == Some(&self.salts)
    }
}

/// Returns whether a frame is the last of a transaction.
fn is_commit(frame: &[u8]) -> bool {
    number(frame, 4) != Some(0)
}

/// Contents of a log.
#[derive(Default)]
struct Contents {
    /// Number of valid frames.
    frames: u64,
    has_commit: bool,
    is_damaged: bool,
    /// Absent if no committed transaction contains the first page.
    first_pages: Option<FirstPages>,
}

/// The copies of the first page.
#[derive(Clone, Copy)]
struct FirstPages {
    first: Header,
    last: Header,
    /// Whether the file has one of these copies, as after a checkpoint.
    is_in_file: bool,
}

impl FirstPages {
    fn after(former: Option<Self>, copy: Header, file: &Header) -> Self {
        Self {
            first: former.map_or(copy, |former| former.first),
            last: copy,
            is_in_file: copy == *file || former.is_some_and(|former| former.is_in_file),
        }
    }
}

impl Contents {
    /// Returns the reason that the log does not belong to the file with this header.
    fn difference(&self, header: &Header) -> Option<&'static str> {
        let Some(FirstPages { first, last, is_in_file }) = self.first_pages else {
            // Each transaction on a file with a mark contains the first page.
            let is_unknown = self.has_commit && header.is_marked();
            return is_unknown.then_some(UNNAMED);
        };
        if !first.is_of_same_file(header) {
            Some("the log was written for another database")
        } else if header.changes.saturating_add(1) < first.changes {
            Some("the database file is older than the log")
        } else if header.changes > last.changes {
            Some("the database file is newer than the log")
        } else if !is_in_file && !first.continues(header) {
            Some("the log continues another state of the database")
        } else {
            None
        }
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
