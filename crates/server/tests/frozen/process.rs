//! A process of the service that may never start to serve.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::MARGIN;
use crate::postgres::send;
use crate::support::{TIMEOUT, WorkDir};

pub struct Process {
    child: Child,
    stderr: Receiver<String>,
    seen: String,
    started: Instant,
}

/// The end of a process: its exit code, output and duration.
#[derive(Debug)]
pub struct End {
    pub code: Option<i32>,
    pub stderr: String,
    pub took: Duration,
}

impl Process {
    pub fn start(work_dir: &WorkDir, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = work_dir.command(arguments, environment);
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

    /// Waits until the process has written a line with these words.
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

    /// Sends a signal and measures the duration from now on.
    pub fn signal(&mut self, signal: &str) {
        self.started = Instant::now();
        send(signal, self.child.id());
    }

    /// Waits until the process ends.
    pub fn end(mut self) -> End {
        while let Ok(line) = self.stderr.recv_timeout(TIMEOUT) {
            self.seen.extend([line.as_str(), "\n"]);
        }
        let ended = self.child.try_wait().unwrap().or_else(|| {
            // Standard error is closed, but the process may still run for a moment.
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
    /// Asserts that it gave up after `seconds`, with these words in its message.
    #[track_caller]
    pub fn gave_up(&self, seconds: u64, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word} is missing: {self:?}");
        }
        self.within(seconds);
    }

    /// Asserts that it ended after `seconds`, with a margin for a busy machine.
    #[track_caller]
    pub fn within(&self, seconds: u64) {
        assert!(self.took < Duration::from_secs(seconds) + MARGIN, "{self:?}");
    }
}
