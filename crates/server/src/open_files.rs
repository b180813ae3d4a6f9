//! The limit of open files and sockets.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that suffice for the most sockets that a node accepts and all else.
const ENOUGH: u64 = 16_384;

/// Raises the soft limit to [`ENOUGH`], or to the hard limit if that is lower, because many systems
/// start with 1,024.
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
