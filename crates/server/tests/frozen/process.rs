//! A process that may never announce that it serves.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::MARGIN;
use crate::postgres::send;
use crate::support::{Place, TIMEOUT};

pub struct Process {
    child: Child,
    stderr: Receiver<String>,
    seen: String,
    started: Instant,
}

/// How a process ended.
#[derive(Debug)]
pub struct End {
    pub code: Option<i32>,
    pub stderr: String,
    pub took: Duration,
}

impl Process {
    pub fn start(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = place.command(arguments, environment);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap().write_all(b"correct horse battery\n");
        drop(input);
        let (sender, stderr) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { child, stderr, seen: String::new(), started }
    }

    /// Waits until it has written a line with these words.
    pub fn writes(&mut self, words: &str) {
        loop {
            let line = self.stderr.recv_timeout(TIMEOUT);
            let line = line.unwrap_or_else(|_| panic!("{words} is missing: {}", self.seen));
            self.seen.extend([line.as_str(), "\n"]);
            if line.contains(words) {
                return;
            }
        }
    }

    /// Sends a signal, from which on the time to the end is measured.
    pub fn signal(&mut self, signal: &str) {
        self.started = Instant::now();
        send(signal, self.child.id());
    }

    /// Waits for its end.
    pub fn end(mut self) -> End {
        while let Ok(line) = self.stderr.recv_timeout(TIMEOUT) {
            self.seen.extend([line.as_str(), "\n"]);
        }
        let ended = self.child.try_wait().unwrap().or_else(|| {
            // Standard error was closed a moment ago, or never.
            assert!(self.started.elapsed() < TIMEOUT, "it does not end: {}", self.seen);
            self.child.wait().ok()
        });
        End {
            code: ended.unwrap().code(),
            stderr: std::mem::take(&mut self.seen),
            took: self.started.elapsed(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl End {
    /// That it gave up after `seconds`, for a reason with these words.
    #[track_caller]
    pub fn gave_up(&self, seconds: u64, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word} is missing: {self:?}");
        }
        self.within(seconds);
    }

    /// That it ended after `seconds`, give or take what a loaded machine adds.
    #[track_caller]
    pub fn within(&self, seconds: u64) {
        assert!(self.took < Duration::from_secs(seconds) + MARGIN, "{self:?}");
    }
}
