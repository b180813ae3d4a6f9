//! Stops every process of a server, as if its machine were frozen: connections stay open.

use std::fs;

use crate::postgres::send;
use crate::support::TIMEOUT;

/// Stopped processes, which continue when this value is dropped.
pub struct Frozen(Vec<u32>);

impl Frozen {
    /// Stops `root` and its child processes.
    pub fn tree(root: u32) -> Self {
        // The parent is first, so that it starts no more children.
        let mut frozen = Self(vec![root]);
        freeze(root);
        for child in children(root) {
            freeze(child);
            frozen.0.push(child);
        }
        frozen
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in self.0.iter().filter(|process| state(**process) == Some('T')) {
            send("CONT", *process);
        }
    }
}

fn freeze(process: u32) {
    if state(process).is_none() {
        return;
    }
    send("STOP", process);
    let started = std::time::Instant::now();
    while !matches!(state(process), Some('T' | 'Z') | None) {
        assert!(started.elapsed() < TIMEOUT, "{process} does not stop");
        std::thread::yield_now();
    }
}

fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.filter(|process| field(*process, 1).is_some_and(|found| found == parent.to_string())).collect()
}

fn state(process: u32) -> Option<char> {
    field(process, 0)?.chars().next()
}

/// A field of `/proc/PID/stat` after the name of the program.
fn field(process: u32, number: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(number).map(str::to_owned)
}
