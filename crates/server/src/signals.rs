//! The signals that end the process.

use std::io;

use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT and SIGHUP.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Absent where whoever started the process had it ignored, as `nohup` does.
    hang_up: Option<Signal>,
}

/// A signal that came.
#[derive(Clone, Copy)]
pub struct Received {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: i32,
}

const TERMINATE: Received = Received { name: "SIGTERM", number: 15 };
const INTERRUPT: Received = Received { name: "SIGINT", number: 2 };
const HANG_UP: Received = Received { name: "SIGHUP", number: 1 };

impl Signals {
    /// Receives them from now on, on the runtime of the caller.
    pub fn new() -> io::Result<Self> {
        let hang_up = if is_ignored(HANG_UP) { None } else { Some(signal(SignalKind::hangup())?) };
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hang_up })
    }

    /// The next one.
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

/// Whether the process was started with the signal ignored. Where Linux does not tell, it was not.
fn is_ignored(signal: Received) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask & (1 << (signal.number - 1)) != 0
}
