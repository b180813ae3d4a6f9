//! The signals that end the process.

use std::io;

use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

/// The receivers of SIGTERM, SIGINT and SIGHUP.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// SIGHUP; `None` if the process was started with the signal ignored, as `nohup` does.
    hang_up: Option<Signal>,
}

/// A received signal.
#[derive(Clone, Copy)]
pub struct Received {
    /// Its name, such as `SIGTERM`.
    pub name: &'static str,
    /// Its number, as in `signal(7)`.
    pub number: i32,
}

const TERMINATE: Received = Received { name: "SIGTERM", number: 15 };
const INTERRUPT: Received = Received { name: "SIGINT", number: 2 };
const HANG_UP: Received = Received { name: "SIGHUP", number: 1 };

impl Signals {
    /// Starts to receive the signals on the runtime of the caller.
    pub fn new() -> io::Result<Self> {
        let hang_up = if is_ignored(HANG_UP) { None } else { Some(signal(SignalKind::hangup())?) };
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hang_up })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Received {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => INTERRUPT,
            _ = hang_up => HANG_UP,
        }
    }
}

/// Returns whether the process was started with the signal ignored; `false` if /proc cannot be read.
fn is_ignored(signal: Received) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal.number - 1)) != 0
}
