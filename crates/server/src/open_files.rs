//! How many files and sockets may be open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for all sockets that a node has at most, and everything else.
const ENOUGH: u64 = 16_384;

/// Raises the soft limit as far as it helps and the hard one allows: many systems begin
/// with 1,024.
pub fn allow_many() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    } else if wanted < ENOUGH {
        tracing::warn!(wanted, "few files may be open (ulimit -n), and each connection is one");
    }
}
