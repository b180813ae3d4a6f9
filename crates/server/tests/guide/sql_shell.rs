//! The database shell of the page: one statement per line, over a local TCP connection. The page
//! therefore runs where neither `sqlite3` nor `psql` is installed.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use bailiwick_testkit::app::sql;
use tokio::runtime::Runtime;

/// A TCP server that runs statements on the database; the value is its port.
pub struct SqlShell(u16);

impl SqlShell {
    /// Starts a server for the database at `url`.
    pub fn open(url: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let url = url.clone();
                // A failed statement ends its own thread and nothing else.
                let _ = thread::spawn(move || answer(&url, &stream)).join();
            }
        });
        Self(port)
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.0
    }
}

/// Runs a statement and writes the first column of each row, one line per row.
fn answer(url: &str, mut stream: &TcpStream) {
    let mut statement = String::new();
    BufReader::new(stream).read_line(&mut statement).unwrap();
    let query = |statement: &str| Runtime::new().unwrap().block_on(sql::rows(url, statement));
    let last_change = || if url.starts_with("sqlite:") { query(LAST_CHANGE) } else { Vec::new() };
    let before = last_change();
    let rows = query(statement.trim());
    if last_change() != before {
        // On SQLite a change takes effect within a second, so the next example must not run earlier.
        thread::sleep(Duration::from_secs(1));
    }
    for row in rows {
        writeln!(stream, "{row}").unwrap();
    }
}

const LAST_CHANGE: &str = "SELECT seq || '' FROM sqlite_sequence WHERE name = 'authority_changes'";
